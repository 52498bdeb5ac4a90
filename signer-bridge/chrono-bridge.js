#!/usr/bin/env -S node --disable-warning=ExperimentalWarning --max-semi-space-size=2
import './main.ts'

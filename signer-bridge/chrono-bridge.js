#!/usr/bin/env -S node --disable-warning=ExperimentalWarning --max-semi-space-size=2 --v8-pool-size=1 --optimize-for-size
// What V8 is told keeps some 20 MiB less in memory, and takes nothing from the seconds of a round. Other
// starters repeat it, since a first line can share no constant: deploy/chrono-bridge.service, local/plans.ts.
import './main.ts'

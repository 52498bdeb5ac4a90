/**
 * A reporter for the gate: a test that did not run is a failure, since nobody looks at a line that
 * says "skipped". It closes with one plain line of counts. vitest takes it by path, as a default.
 */

import type { Reporter, TestModule } from 'vitest/node'

export default class EveryTestRan implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string) => tests.filter((each) => each.result().state === state)
    const idle = tests.filter((each) => !['passed', 'failed'].includes(each.result().state))
    const broken = modules.filter((module) => module.state() === 'failed')

    for (const { fullName, module } of idle) {
      console.error(`did not run: ${module.relativeModuleId} > ${fullName}`)
    }
    if (idle.length > 0 || tests.length === 0) process.exitCode = 1
    const failed = Math.max(inState('failed').length, broken.length) + idle.length
    console.log(`${inState('passed').length} passed, ${failed} failed`)
  }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

/** R-2920-06: ends a DATA that nobody is to receive. */
@EventLoopConfined
final class LoneDotWriter extends ContentWriter {
    @Override
    void start(Target target) {
        handOver(MemoryPieces.terminator(), target);
    }

    @Override
    void resume() {}

    @Override
    void abort() {}
}

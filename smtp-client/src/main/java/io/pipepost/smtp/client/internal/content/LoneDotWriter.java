/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.content;

import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import io.pipepost.smtp.client.internal.pool.Target;

/** R-2920-06: ends a DATA that nobody is to receive. */
@EventLoopConfined
public final class LoneDotWriter extends ContentWriter {
    @Override
    protected void start(Target target) {
        handOver(MemoryPieces.terminator(), target);
    }

    @Override
    public void resume() {}

    @Override
    public void abort() {}
}

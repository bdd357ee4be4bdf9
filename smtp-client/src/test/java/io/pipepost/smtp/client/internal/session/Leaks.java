/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.github.nettyplus.leakdetector.junit.NettyLeakDetectorExtension;
import io.netty.buffer.PooledByteBufAllocator;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Looks for leaked buffers once per class: every look costs a garbage collection. */
public final class Leaks extends NettyLeakDetectorExtension {
    public Leaks() {
        super(false, true, false, true);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        super.afterAll(context);
        // What was collected just now is told when the next buffer is made.
        PooledByteBufAllocator.DEFAULT.buffer().release();
        super.afterAll(context);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.github.nettyplus.leakdetector.junit.NettyLeakDetectorExtension;

/** Looks for leaked buffers once per class: every look costs a garbage collection. */
public final class Leaks extends NettyLeakDetectorExtension {
    public Leaks() {
        super(false, true, false, true);
    }
}

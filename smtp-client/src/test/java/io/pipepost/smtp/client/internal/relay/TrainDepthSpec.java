/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.relay;

import org.jetbrains.lincheck.datastructures.Operation;

/**
 * What sessions on several event loops learn of a server, an hour after one of them was refused: above all, a refusal that
 * is met now stays, whatever the others are just forgetting.
 */
public class TrainDepthSpec {
    private static final long NOW = TrainDepth.MEMORY.toNanos() + 1;

    private final TrainDepth depth = new TrainDepth(3);

    /** Makes what is known old. */
    public TrainDepthSpec() {
        depth.refuse(0);
    }

    @Operation
    public void refresh() {
        depth.refresh(NOW);
    }

    @Operation
    public boolean probed() {
        return depth.probed(NOW);
    }

    @Operation
    public boolean refuse() {
        return depth.refuse(NOW);
    }

    @Operation
    public String known() {
        return depth.isUnknown() ? "nothing" : "at most " + depth.current();
    }
}

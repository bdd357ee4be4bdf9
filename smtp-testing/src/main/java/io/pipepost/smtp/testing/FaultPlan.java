/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import java.util.List;

/**
 * Says what a {@link FaultProxy} does to which connection. Called once for each, on event loops: must not block, must be
 * thread-safe, and should depend on the number only, so that a failure can be repeated.
 */
@FunctionalInterface
public interface FaultPlan {
    /**
     * The faults of a connection.
     *
     * @param connection the connection's number in the order of acceptance, from 1
     * @return its faults; empty to leave it alone
     */
    List<Fault> faults(long connection);

    /**
     * No faults.
     *
     * @return a plan that leaves every connection alone
     */
    static FaultPlan none() {
        return connection -> List.of();
    }

    /**
     * The same faults for every connection.
     *
     * @param faults the faults
     * @return the plan
     */
    static FaultPlan always(Fault... faults) {
        List<Fault> all = List.of(faults);
        return connection -> all;
    }

    /**
     * Faults for the first connection only.
     *
     * @param faults the faults
     * @return the plan
     */
    static FaultPlan first(Fault... faults) {
        List<Fault> once = List.of(faults);
        return connection -> connection == 1 ? once : List.of();
    }
}

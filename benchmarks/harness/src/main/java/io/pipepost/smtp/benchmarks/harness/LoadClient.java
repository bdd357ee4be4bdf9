/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.harness;

/**
 * A client under load. It has a public constructor that takes a {@link Workload}. One thread calls the methods, one after
 * the other; the end of the process ends its connections.
 */
public interface LoadClient {
    /**
     * Sends messages as fast as the connections of the workload take them, until {@link Tally#isOpen()} says no. Every
     * message whose outcome is known goes to the tally; a message counts as accepted only by a reply that says so.
     * Returns once no outcome is missing. Connections stay open for the next call.
     *
     * @param tally counts
     * @throws Exception if the load cannot be brought on
     */
    void run(Tally tally) throws Exception;

    /**
     * Opens connections, logs in where the workload has a user, and keeps them without work.
     *
     * @param connections how many are open when this returns, those of earlier calls included
     * @throws Exception if one cannot be opened
     */
    default void hold(int connections) throws Exception {
        throw new UnsupportedOperationException(getClass().getSimpleName() + " holds no idle connections");
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

/**
 * What a {@link FaultProxy} has done.
 *
 * @param connection the number of the connection, from 1
 * @param fault what was done to it
 * @param toServer octets that had been passed on to the server by then
 * @param toClient octets that had been passed on to the client by then
 */
public record FaultEvent(long connection, Fault fault, long toServer, long toClient) {
    @Override
    public String toString() {
        return "connection " + connection + ": " + fault + " (" + toServer + " octets " + Direction.TO_SERVER + ", "
                + toClient + " " + Direction.TO_CLIENT + " by then)";
    }
}

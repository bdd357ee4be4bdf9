/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import io.netty.channel.ConnectTimeoutException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Why each of a server's addresses could not be connected to; of many only the first few are told. */
final class ConnectErrors {
    private static final int TOLD = 5;

    private final List<String> first = new ArrayList<>(1);
    private int count;

    void add(InetSocketAddress address, Throwable cause) {
        count++;
        if (count <= TOLD) {
            first.add(address.getAddress().getHostAddress() + ": " + reason(cause));
        }
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** What the system said, without the address that Netty adds behind it and the call that it adds in front. */
    static String reason(Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return "no answer in time";
        }
        Throwable system = cause;
        while (system.getCause() != null && system.getCause() != system) {
            system = system.getCause();
        }
        String text = system.getMessage();
        if (text == null) {
            return system.getClass().getName();
        }
        int call = text.indexOf("): ");
        return call < 0 ? text : text.substring(call + 3);
    }

    @Override
    public String toString() {
        String told = String.join("; ", first);
        return count <= TOLD ? told : told + "; and " + (count - TOLD) + " more addresses";
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.testing;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A client's connection and its counterpart to the server, on one event loop. */
final class FaultedConnection {
    private static final long LINGER_SECONDS = 1;

    private final long number;
    private final List<Fault> faults;
    private final FaultLog log;
    private final Channel client;
    private final Channel server;
    private final Lane toServer;
    private final Lane toClient;

    FaultedConnection(long number, List<Fault> faults, FaultLog log, Channel client, Channel server) {
        this.number = number;
        this.faults = faults;
        this.log = log;
        this.client = client;
        this.server = server;
        this.toServer = new Lane(this, Direction.TO_SERVER, client, server);
        this.toClient = new Lane(this, Direction.TO_CLIENT, server, client);
    }

    List<Fault> faults() {
        return faults;
    }

    int heldOctets() {
        return toServer.heldOctets() + toClient.heldOctets();
    }

    void open() {
        client.pipeline().addLast(toServer);
        server.pipeline().addLast(toClient);
        if (client.isActive() && server.isActive()) {
            faults.stream().filter(Shape.class::isInstance).forEach(this::log);
            toClient.open();
            toServer.open();
        } else {
            closeBoth();
        }
    }

    Lane other(Lane lane) {
        return lane == toServer ? toClient : toServer;
    }

    void log(Fault fault) {
        log.add(new FaultEvent(number, fault, toServer.passed(), toClient.passed()));
    }

    /** Ends both directions; the sides are then given a moment to close, since closing with octets unread is a reset. */
    void cut() {
        toServer.end();
        toClient.end();
        Future<?> timer = client.eventLoop().schedule(this::closeBoth, LINGER_SECONDS, TimeUnit.SECONDS);
        client.closeFuture().addListener(closed -> timer.cancel(false));
    }

    void closeIfEnded() {
        if (toServer.hasEnded() && toClient.hasEnded()) {
            closeBoth();
        }
    }

    void closeBoth() {
        client.close();
        server.close();
    }

    void resetBoth() {
        reset(client);
        reset(server);
    }

    static void reset(Channel channel) {
        if (channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.Printable;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server that takes a client's mail, one of several. What is null here is as for the whole client.
 *
 * <p>Connections are made to the relay of the lowest priority number that is healthy and has room for one; among relays
 * of the same priority in proportion to their weights. A relay is healthy until a connection to it cannot be opened, and
 * again as soon as one can; in between it is tried by one connection at a time. Work goes to a less preferred relay only
 * while no session of a preferred one is free. A message goes elsewhere only if none of its content was handed over.
 *
 * @param host the server's name or IP address; certificates are checked against it
 * @param port the server's port
 * @param priority lower numbers are preferred, as for MX records; default 0
 * @param weight share of the connections among relays of the same priority, at least 1; default 1
 * @param maxConnections limit for this relay, below that of the whole client; default none
 * @param security TLS and what depends on it; null for the client's, or if it has none of its own for
 *     {@link Security#forPort}
 * @param credentials asked once per connection, on an event loop; null for the client's
 * @param ehloName the name for EHLO; null for the client's
 * @param trust what is known of its servers beforehand; null for nothing
 */
public record Relay(
        String host,
        int port,
        int priority,
        int weight,
        int maxConnections,
        @Nullable Security security,
        @Nullable Supplier<? extends CompletionStage<Credentials>> credentials,
        @Nullable EhloName ehloName,
        @Nullable Trust trust) {

    /** Checks the values. */
    public Relay {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("A port is 1 to 65535, found " + port);
        }
        if (host.isBlank() || host.chars().anyMatch(c -> c <= ' ' || c == 0x7F)) {
            throw new IllegalArgumentException("A host is a name or an IP address without blanks or controls, found \""
                    + Printable.of(host) + "\"");
        }
        if (priority < 0 || weight < 1 || weight > 65535 || maxConnections < 1) {
            throw new IllegalArgumentException(
                    "A priority is at least 0, a weight 1 to 65535, a limit at least 1, found " + priority + ", "
                            + weight + ", " + maxConnections);
        }
    }

    /**
     * A relay with priority 0, weight 1 and no limit of its own.
     *
     * @param host the server's name or IP address
     * @param port the server's port
     * @return the relay
     */
    public static Relay of(String host, int port) {
        return new Relay(host, port, 0, 1, Integer.MAX_VALUE, null, null, null, null);
    }

    /**
     * Sets the priority.
     *
     * @param number lower numbers are preferred
     * @return a changed copy
     */
    public Relay withPriority(int number) {
        return new Relay(host, port, number, weight, maxConnections, security, credentials, ehloName, trust);
    }

    /**
     * Sets the share of connections among relays of the same priority.
     *
     * @param share at least 1
     * @return a changed copy
     */
    public Relay withWeight(int share) {
        return new Relay(host, port, priority, share, maxConnections, security, credentials, ehloName, trust);
    }

    /**
     * Limits the connections to this relay.
     *
     * @param connections at least 1
     * @return a changed copy
     */
    public Relay withMaxConnections(int connections) {
        return new Relay(host, port, priority, weight, connections, security, credentials, ehloName, trust);
    }

    /**
     * Sets how connections to this relay are protected.
     *
     * @param value TLS and what depends on it
     * @return a changed copy
     */
    public Relay withSecurity(Security value) {
        Objects.requireNonNull(value, "value");
        return new Relay(host, port, priority, weight, maxConnections, value, credentials, ehloName, trust);
    }

    /**
     * Logs in to this relay with credentials of its own.
     *
     * @param fixed who logs in, and with what
     * @return a changed copy
     */
    public Relay withCredentials(Credentials fixed) {
        Objects.requireNonNull(fixed, "fixed");
        return withCredentials(() -> CompletableFuture.completedFuture(fixed));
    }

    /**
     * Logs in to this relay with credentials of its own, asked for each time.
     *
     * @param source asked once per connection on an event loop, so it must not block; its stage may complete anywhere
     * @return a changed copy
     */
    public Relay withCredentials(Supplier<? extends CompletionStage<Credentials>> source) {
        Objects.requireNonNull(source, "source");
        return new Relay(host, port, priority, weight, maxConnections, security, source, ehloName, trust);
    }

    /**
     * Sets the name for EHLO to this relay.
     *
     * @param name a domain name or an address literal
     * @return a changed copy
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException if it is neither
     */
    public Relay withEhloName(String name) {
        return new Relay(host, port, priority, weight, maxConnections, security, credentials, EhloName.of(name), trust);
    }

    /**
     * Says what is known of this relay's servers, so that they need not show it first.
     *
     * @param known how far they are trusted
     * @return a changed copy
     */
    public Relay withTrust(Trust known) {
        Objects.requireNonNull(known, "known");
        return new Relay(host, port, priority, weight, maxConnections, security, credentials, ehloName, known);
    }

    /**
     * The relay's address.
     *
     * @return host and port; nothing of the credentials
     */
    @Override
    public String toString() {
        return host + ":" + port;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.protocol.EhloName;
import io.pipepost.smtp.protocol.Printable;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
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
 * <p>Immutable; each method returns a changed copy, and throws {@link IllegalArgumentException} if a value is out of range.
 */
public final class Relay {
    private final Values values;

    private Relay(Values values) {
        this.values = values;
    }

    private Relay with(Consumer<Values> change) {
        return new Relay(values.with(change));
    }

    private static final class Values extends OptionValues<Values> {
        private final String host;
        private final int port;
        private int priority;
        private int weight = 1;
        private int maxConnections = Integer.MAX_VALUE;
        private @Nullable Security security;
        private @Nullable Supplier<? extends CompletionStage<Credentials>> credentials;
        private @Nullable EhloName ehloName;
        private @Nullable Trust trust;

        Values(String host, int port) {
            this.host = host;
            this.port = port;
            check();
        }

        @Override
        void check() {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("A port is 1 to 65535, found " + port);
            }
            if (host.isBlank() || host.chars().anyMatch(c -> c <= ' ' || c == 0x7F)) {
                throw new IllegalArgumentException(
                        "A host is a name or an IP address without blanks or controls, found \"" + Printable.of(host)
                                + "\"");
            }
            if (priority < 0 || weight < 1 || weight > 65535 || maxConnections < 1) {
                throw new IllegalArgumentException(
                        "A priority is at least 0, a weight 1 to 65535, a limit at least 1, found " + priority + ", "
                                + weight + ", " + maxConnections);
            }
        }

        @Override
        List<Named> all() {
            return List.of(
                    named("host", host),
                    named("port", port),
                    named("priority", priority),
                    named("weight", weight),
                    named("maxConnections", maxConnections),
                    named("security", security),
                    named("credentials", credentials),
                    named("ehloName", ehloName),
                    named("trust", trust));
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
        return new Relay(new Values(host, port));
    }

    /** {@return the server's name or IP address; certificates are checked against it} */
    public String host() {
        return values.host;
    }

    /** {@return the server's port} */
    public int port() {
        return values.port;
    }

    /** {@return the priority: lower numbers are preferred, as for MX records; default 0} */
    public int priority() {
        return values.priority;
    }

    /**
     * Sets the priority.
     *
     * @param number lower numbers are preferred
     * @return a changed copy
     */
    public Relay withPriority(int number) {
        return with(v -> v.priority = number);
    }

    /** {@return the share of the connections among relays of the same priority; default 1} */
    public int weight() {
        return values.weight;
    }

    /**
     * Sets the share of connections among relays of the same priority.
     *
     * @param share at least 1
     * @return a changed copy
     */
    public Relay withWeight(int share) {
        return with(v -> v.weight = share);
    }

    /** {@return the limit of connections to this relay, below that of the whole client; default none} */
    public int maxConnections() {
        return values.maxConnections;
    }

    /**
     * Limits the connections to this relay.
     *
     * @param connections at least 1
     * @return a changed copy
     */
    public Relay withMaxConnections(int connections) {
        return with(v -> v.maxConnections = connections);
    }

    /** {@return TLS and what depends on it; null for the client's} */
    public @Nullable Security security() {
        return values.security;
    }

    /**
     * Sets how connections to this relay are protected.
     *
     * @param value TLS and what depends on it
     * @return a changed copy
     */
    public Relay withSecurity(Security value) {
        Objects.requireNonNull(value, "value");
        return with(v -> v.security = value);
    }

    /** {@return the source of the credentials, asked once per connection, on an event loop; null for the client's} */
    public @Nullable Supplier<? extends CompletionStage<Credentials>> credentials() {
        return values.credentials;
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
        return with(v -> v.credentials = source);
    }

    /** {@return the name for EHLO; null for the client's} */
    public @Nullable EhloName ehloName() {
        return values.ehloName;
    }

    /**
     * Sets the name for EHLO to this relay.
     *
     * @param name a domain name or an address literal
     * @return a changed copy
     * @throws io.pipepost.smtp.protocol.SmtpSyntaxException if it is neither
     */
    public Relay withEhloName(String name) {
        EhloName known = EhloName.of(name);
        return with(v -> v.ehloName = known);
    }

    /** {@return what is known of its servers beforehand; null for nothing} */
    public @Nullable Trust trust() {
        return values.trust;
    }

    /**
     * Says what is known of this relay's servers, so that they need not show it first.
     *
     * @param known how far they are trusted
     * @return a changed copy
     */
    public Relay withTrust(Trust known) {
        Objects.requireNonNull(known, "known");
        return with(v -> v.trust = known);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Relay that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    /**
     * The relay's address.
     *
     * @return host and port; nothing of the credentials
     */
    @Override
    public String toString() {
        return values.host + ":" + values.port;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.auth;

import java.util.function.BiFunction;

/** A mechanism of {@link SaslMechanism#DEFAULTS}. */
record BuiltInMechanism(
        String name, Class<? extends Credentials> kind, BiFunction<Credentials, SaslContext, SaslExchange> starter)
        implements SaslMechanism {
    @Override
    public boolean accepts(Credentials credentials) {
        return kind.isInstance(credentials);
    }

    @Override
    public SaslExchange start(Credentials credentials, SaslContext context) {
        if (!accepts(credentials)) {
            throw new IllegalArgumentException(
                    "%s takes a %s, found %s".formatted(name, kind.getSimpleName(), credentials));
        }
        return starter.apply(credentials, context);
    }

    @Override
    public String toString() {
        return name;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.InetNameResolver;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Resolves every name to the same addresses, so that tests can use any name for this machine; without any, never answers;
 * or fails.
 */
final class LocalNames extends AddressResolverGroup<InetSocketAddress> {
    private final List<InetAddress> addresses;
    private final @Nullable Throwable failure;

    LocalNames(List<InetAddress> addresses) {
        this.addresses = addresses;
        this.failure = null;
    }

    LocalNames(Throwable failure) {
        this.addresses = List.of();
        this.failure = failure;
    }

    @Override
    protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
        return new InetNameResolver(executor) {
            @Override
            protected void doResolve(String inetHost, Promise<InetAddress> promise) {
                promise.setSuccess(addresses.get(0));
            }

            @Override
            protected void doResolveAll(String inetHost, Promise<List<InetAddress>> promise) {
                if (failure != null) {
                    promise.setFailure(failure);
                } else if (!addresses.isEmpty()) {
                    promise.setSuccess(addresses);
                }
            }
        }.asAddressResolver();
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GenericFutureListener;
import io.netty.util.concurrent.Promise;
import io.pipepost.smtp.client.internal.content.ContentPreparation;
import io.pipepost.smtp.client.internal.delivery.Delivery;
import io.pipepost.smtp.client.internal.delivery.Preparations;
import io.pipepost.smtp.client.internal.delivery.Terms;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.client.internal.pool.SessionPool;
import io.pipepost.smtp.client.internal.pool.Target;
import io.pipepost.smtp.client.internal.relay.SessionConfig;
import io.pipepost.smtp.client.internal.transport.NettyTransport;
import io.pipepost.smtp.client.internal.transport.SessionConnector;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.mail.Failure;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.TlsFacts;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/** What a stranger is part of: sends messages through it, and closes. */
interface BorderRig {
    CompletableFuture<SendResult> send();

    PoolStats stats();

    CompletableFuture<Void> closeAsync();

    /** A whole client, and the way in which it sends. */
    static BorderRig of(
            SmtpClient client,
            BiFunction<SmtpClient, Message, CompletableFuture<SendResult>> way,
            Supplier<Message> message) {
        return new BorderRig() {
            @Override
            public CompletableFuture<SendResult> send() {
                return way.apply(client, message.get());
            }

            @Override
            public PoolStats stats() {
                return client.stats();
            }

            @Override
            public CompletableFuture<Void> closeAsync() {
                return client.closeAsync();
            }
        };
    }

    /** A pool, whose parts no caller of a client can replace. */
    static BorderRig ofPool(
            int port,
            Security security,
            Timeouts timeouts,
            PoolOptions options,
            TlsUpgrade tls,
            AddressResolverGroup<InetSocketAddress> names) {
        EventLoopGroup loops = Sessions.loop().parent();
        SessionConfig config = Names.config("localhost", port, security, timeouts);
        SessionConnector connector =
                new SessionConnector(config, tls, new SessionConnector.Sockets(NettyTransport.NIO, names, null));
        SessionPool pool = new SessionPool(
                options,
                List.of(new Target(Relay.of("localhost", port), connector)),
                SendThrottle.NONE,
                SmtpObserver.NONE,
                loops);
        Terms terms = new Terms(
                null,
                new Preparations(
                        new ContentPreparation(ContentOptions.DEFAULT, Runnable::run),
                        loops,
                        options,
                        timeouts.of(Phase.ARGUMENT)),
                FlightOptions.DEFAULT,
                100,
                null,
                loops,
                null);
        return new BorderRig() {
            @Override
            public CompletableFuture<SendResult> send() {
                return Delivery.start(Mails.message(1), terms, pool);
            }

            @Override
            public PoolStats stats() {
                return pool.stats();
            }

            @Override
            public CompletableFuture<Void> closeAsync() {
                return pool.close(Duration.ofSeconds(5))
                        .thenCompose(done -> connector.close(
                                Failure.of(FailureCause.CLIENT_CLOSED, Phase.QUEUE, "The client is closed")))
                        .whenComplete((done, error) -> names.close());
            }
        };
    }

    /** Resolves as the stranger says. */
    static AddressResolverGroup<InetSocketAddress> names(Stranger stranger) {
        LocalNames good = new LocalNames(List.of(InetAddress.getLoopbackAddress()));
        return new AddressResolverGroup<>() {
            @Override
            @SuppressWarnings({"unchecked", "NullAway"})
            protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
                AddressResolver<InetSocketAddress> real = good.newResolver(executor);
                return (AddressResolver<InetSocketAddress>) Proxy.newProxyInstance(
                        BorderRig.class.getClassLoader(),
                        new Class<?>[] {AddressResolver.class},
                        (self, method, arguments) -> {
                            if (!method.getName().equals("resolveAll")) {
                                return invoke(method, real, arguments);
                            }
                            Stranger.Misdeed what = stranger.begin();
                            if (what == Stranger.Misdeed.NULL) {
                                return null;
                            } else if (what == Stranger.Misdeed.NEVER) {
                                return executor.newPromise();
                            }
                            Future<List<InetSocketAddress>> found =
                                    (Future<List<InetSocketAddress>>) invoke(method, real, arguments);
                            if (what == Stranger.Misdeed.ANOTHER_THREAD) {
                                Promise<List<InetSocketAddress>> late = executor.newPromise();
                                new Thread(() -> late.setSuccess(found.getNow())).start();
                                return late;
                            }
                            return what == Stranger.Misdeed.TWICE ? twice(found) : found;
                        });
            }
        };
    }

    private static Object invoke(Method method, Object target, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Tells each listener twice. */
    @SuppressWarnings("unchecked")
    private static <T> Future<T> twice(Future<T> real) {
        return (Future<T>) Proxy.newProxyInstance(
                BorderRig.class.getClassLoader(), new Class<?>[] {Future.class}, (self, method, arguments) -> {
                    if (!method.getName().equals("addListener")) {
                        return invoke(method, real, arguments);
                    }
                    GenericFutureListener<Future<T>> listener = (GenericFutureListener<Future<T>>) arguments[0];
                    real.addListener(listener);
                    real.addListener(listener);
                    return self;
                });
    }

    /** Makes handlers, or describes them, as the stranger says. */
    static TlsUpgrade tls(Stranger maker, Stranger describer, TlsSupport good) {
        return new TlsUpgrade() {
            @Override
            public SslHandler newHandler(Channel channel) {
                return maker.answer(() -> good.newHandler(channel));
            }

            @Override
            public void check(SslHandler handler) throws CertificateException {
                good.check(handler);
            }

            @Override
            public TlsFacts facts(SslHandler handler) {
                return describer.answer(() -> good.facts(handler));
            }
        };
    }
}

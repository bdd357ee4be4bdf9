/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import io.netty.resolver.AddressResolverGroup;
import io.pipepost.smtp.client.BorderTable.Trial;
import io.pipepost.smtp.client.BorderTable.Use;
import io.pipepost.smtp.client.Stranger.Misdeed;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslExchange;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.client.internal.opening.TlsUpgrade;
import io.pipepost.smtp.client.internal.transport.TlsSupport;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.ssl.ManagerFactoryParameters;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.TrustManagerFactorySpi;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Clients whose strangers do as the table of borders says. */
@SuppressWarnings("NullAway") // Strangers give null where it must not be given.
final class BorderUses {
    private static final Duration SHORT = Duration.ofMillis(400);
    private static final BiFunction<SmtpClient, Message, CompletableFuture<SendResult>> SEND = SmtpClient::send;

    private BorderUses() {}

    // ---- clients

    private static Security inClear() {
        return Security.of(TlsMode.NONE).allowAuthWithoutTls();
    }

    /** Time is short only where somebody never answers. */
    private static Timeouts timeouts(Trial trial) {
        Timeouts timeouts = Timeouts.DEFAULT.with(Phase.QUIT, Duration.ofSeconds(2));
        if (trial.misdeed() != Misdeed.NEVER) {
            return timeouts;
        }
        return timeouts.with(Phase.ARGUMENT, SHORT)
                .with(Phase.CONNECT, SHORT)
                .with(Phase.AUTH, SHORT)
                .with(Phase.WRITE, SHORT);
    }

    /** A relay is left alone for no longer than it takes to see that. */
    private static PoolOptions pool() {
        return PoolOptions.DEFAULT.withGrowth(
                GrowthOptions.DEFAULT.withBackOff(Duration.ofMillis(1), Duration.ofMillis(4)));
    }

    private static SmtpClient.Builder client(Trial trial, Security security) {
        return Sessions.to(trial.sink().port(), security)
                .timeouts(timeouts(trial))
                .pool(pool());
    }

    private static SmtpClient.Builder client(Trial trial) {
        return client(trial, inClear());
    }

    private static BorderRig sending(SmtpClient.Builder builder) {
        return sending(builder, () -> Mails.message(1));
    }

    private static BorderRig sending(SmtpClient.Builder builder, Supplier<Message> message) {
        return BorderRig.of(builder.build(), SEND, message);
    }

    // ---- throttles, observers

    private static BorderRig throttled(Trial trial, SendThrottle throttle) {
        PoolOptions pool = trial.misdeed() == Misdeed.NEVER ? pool().withAcquireTimeout(SHORT) : pool();
        return sending(client(trial).pool(pool).throttle(throttle));
    }

    static BorderRig throttle(Trial trial, Stranger stranger) {
        return throttled(trial, (relay, recipients) -> stranger.stage(() -> null));
    }

    static BorderRig secondThrottle(Trial trial, Stranger stranger) {
        SendThrottle good = (relay, recipients) -> CompletableFuture.completedFuture(null);
        return throttled(trial, good.and((relay, recipients) -> stranger.stage(() -> null)));
    }

    static BorderRig observer(Trial trial, Stranger stranger) {
        SmtpObserver observer = (SmtpObserver) Proxy.newProxyInstance(
                BorderUses.class.getClassLoader(), new Class<?>[] {SmtpObserver.class}, (self, method, arguments) -> {
                    stranger.act();
                    return method.getReturnType() == boolean.class ? true : null;
                });
        return sending(client(trial).observer(observer));
    }

    // ---- those who log in

    private static final Credentials PASSWORD = Credentials.password("user", "secret");

    static BorderRig credentials(Trial trial, Stranger stranger) {
        return sending(client(trial).credentials(() -> stranger.stage(() -> PASSWORD)));
    }

    static BorderRig credentialsLater(Trial trial, Stranger stranger) {
        return sending(
                client(trial).credentials(() -> CompletableFuture.supplyAsync(() -> stranger.answer(() -> PASSWORD))));
    }

    static Use mechanism(String bad) {
        return (trial, stranger) -> sending(client(trial)
                .credentials(PASSWORD)
                .mechanisms(watched(SaslMechanism.class, SaslMechanism.PLAIN, bad, stranger)));
    }

    /** Of all methods one is the stranger's. */
    private static <T> T watched(Class<T> type, T good, String bad, Stranger stranger) {
        return type.cast(Proxy.newProxyInstance(
                BorderUses.class.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> {
                    Supplier<Object> asked = () -> invoke(good, method, arguments);
                    Object answer = !method.getName().equals(bad)
                            ? asked.get()
                            : method.getReturnType() == CompletionStage.class
                                    ? stranger.stage(() -> ((CompletionStage<?>) asked.get())
                                            .toCompletableFuture()
                                            .join())
                                    : stranger.answer(asked);
                    return answer instanceof SaslExchange exchange
                            ? watched(SaslExchange.class, exchange, bad, stranger)
                            : answer;
                }));
    }

    private static Object invoke(Object target, java.lang.reflect.Method method, Object[] arguments) {
        try {
            return method.invoke(target, arguments);
        } catch (IllegalAccessException | InvocationTargetException e) {
            throw new AssertionError(e);
        }
    }

    // ---- content

    static BorderRig signer(Trial trial, Stranger stranger) {
        return sending(client(trial).signer((content, blocking) -> stranger.stage(() -> content)));
    }

    static BorderRig signerLater(Trial trial, Stranger stranger) {
        return sending(client(trial)
                .signer((content, blocking) ->
                        CompletableFuture.supplyAsync(() -> stranger.answer(() -> content), blocking)));
    }

    private static ByteBuffer octets() {
        return ByteBuffer.wrap(Mails.text(1).getBytes(StandardCharsets.US_ASCII));
    }

    private static Message message(Content content) {
        return Message.of(Mails.from(1), List.of(Mails.to(1)), content);
    }

    static BorderRig contentSupplier(Trial trial, Stranger stranger) {
        Stranger good = new Stranger();
        Supplier<Flow.Publisher<ByteBuffer>> supplier =
                () -> stranger.answer(() -> good.publisher(Stranger.Method.SUBSCRIBE, BorderUses::octets));
        return sending(client(trial), () -> message(Content.ofPublisher(supplier)));
    }

    static Use content(Stranger.Method where) {
        return (trial, stranger) -> sending(
                client(trial), () -> message(Content.ofPublisher(() -> stranger.publisher(where, BorderUses::octets))));
    }

    // ---- flows

    static Use messages(Stranger.Method where) {
        return (trial, stranger) -> flowing(trial, stranger.publisher(where, () -> Mails.message(1)), "", stranger);
    }

    static Use subscriber(String bad) {
        Stranger good = new Stranger();
        return (trial, stranger) ->
                flowing(trial, good.publisher(Stranger.Method.SUBSCRIBE, () -> Mails.message(1)), bad, stranger);
    }

    private static BorderRig flowing(Trial trial, Flow.Publisher<Message> source, String bad, Stranger stranger) {
        return BorderRig.of(
                client(trial).build(),
                (client, message) -> {
                    CompletableFuture<SendResult> first = new CompletableFuture<>();
                    client.sendAll(source).subscribe(new Taker(first, new AtomicReference<>(), bad, stranger));
                    return first;
                },
                () -> Mails.message(1));
    }

    /** Completes a future with the first outcome, or the end. */
    private record Taker(
            CompletableFuture<SendResult> first, AtomicReference<SendResult> last, String bad, Stranger stranger)
            implements Flow.Subscriber<SendOutcome> {
        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            Misdeed what;
            try {
                what = bad.equals("onSubscribe") ? stranger.begin() : null;
            } catch (Throwable e) {
                first.completeExceptionally(e);
                throw e;
            }
            if (what == Misdeed.ANOTHER_THREAD) {
                new Thread(() -> subscription.request(Long.MAX_VALUE)).start();
            } else if (what == Misdeed.TWICE) {
                subscription.request(Long.MAX_VALUE);
                subscription.request(Long.MAX_VALUE);
            } else if (what != Misdeed.NEVER) {
                subscription.request(Long.MAX_VALUE);
            }
        }

        /** Whoever waits for the future makes the stranger good again. */
        @Override
        public void onNext(SendOutcome outcome) {
            try {
                if (bad.equals("onNext")) {
                    stranger.act();
                }
            } finally {
                if (outcome.failure() != null) {
                    first.completeExceptionally(outcome.failure());
                } else if (bad.equals("onComplete")) {
                    last.set(outcome.result());
                } else {
                    first.complete(outcome.result());
                }
            }
        }

        @Override
        public void onError(Throwable failure) {
            first.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            if (bad.equals("onComplete")) {
                try {
                    stranger.act();
                } finally {
                    first.complete(last.get());
                }
            }
        }
    }

    // ---- executors

    static BorderRig signingExecutor(Trial trial, Stranger stranger) {
        return sending(client(trial)
                .signer((content, blocking) -> CompletableFuture.completedFuture(content))
                .blockingExecutor(stranger.threads()));
    }

    /** Larger than what is kept in memory, so that it is read twice. */
    static BorderRig fileExecutor(Trial trial, Stranger stranger) {
        Path file;
        try {
            file = Files.createTempFile("border", ".eml");
            file.toFile().deleteOnExit();
            Files.writeString(file, "Subject: x\r\n\r\n" + "0123456789abcdef\r\n".repeat(20_000));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sending(client(trial).blockingExecutor(stranger.threads()), () -> message(Content.ofFile(file)));
    }

    static BorderRig callbackExecutor(Trial trial, Stranger stranger) {
        return sending(client(trial).callbackExecutor(stranger.executor(Runnable::run)));
    }

    // ---- names and TLS

    private static BorderRig pool(
            Trial trial,
            Security security,
            Function<TlsSupport, TlsUpgrade> tls,
            AddressResolverGroup<InetSocketAddress> names) {
        int port = trial.sink().port();
        TlsUpgrade made = tls.apply(new TlsSupport(security, "localhost", port));
        return BorderRig.ofPool(port, security, timeouts(trial), pool(), made, names);
    }

    static BorderRig resolver(Trial trial, Stranger stranger) {
        return pool(trial, inClear(), tls -> tls, BorderRig.names(stranger));
    }

    static BorderRig tlsHandler(Trial trial, Stranger stranger) {
        return pool(
                trial,
                Security.of(TlsMode.STARTTLS).trustAnythingInsecurely(),
                tls -> BorderRig.tls(stranger, new Stranger(), tls),
                BorderRig.names(new Stranger()));
    }

    static BorderRig tlsFacts(Trial trial, Stranger stranger) {
        return pool(
                trial,
                Security.of(TlsMode.STARTTLS).trustAnythingInsecurely(),
                tls -> BorderRig.tls(new Stranger(), stranger, tls),
                BorderRig.names(new Stranger()));
    }

    static Use trust(String bad) {
        return (trial, stranger) -> sending(client(
                trial,
                Security.of(TlsMode.STARTTLS)
                        .trust(new Trust(
                                Sessions.trust(trial.sink().certificates().authority()), bad, stranger))));
    }

    private static final class Trust extends TrustManagerFactory {
        Trust(TrustManagerFactory good, String bad, Stranger stranger) {
            super(new Spi(good, bad, stranger), null, "stranger");
        }
    }

    private static final class Spi extends TrustManagerFactorySpi {
        private final TrustManagerFactory good;
        private final String bad;
        private final Stranger stranger;

        Spi(TrustManagerFactory good, String bad, Stranger stranger) {
            this.good = good;
            this.bad = bad;
            this.stranger = stranger;
        }

        @Override
        protected void engineInit(@Nullable KeyStore store) {}

        @Override
        protected void engineInit(ManagerFactoryParameters parameters) {}

        @Override
        protected TrustManager[] engineGetTrustManagers() {
            TrustManager[] managers = {new Manager((X509ExtendedTrustManager) good.getTrustManagers()[0])};
            return bad.equals("getTrustManagers") ? stranger.answer(() -> managers) : managers;
        }

        private final class Manager extends X509ExtendedTrustManager {
            private final X509ExtendedTrustManager judge;

            Manager(X509ExtendedTrustManager judge) {
                this.judge = Objects.requireNonNull(judge);
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                    throws CertificateException {
                if (bad.equals("checkServerTrusted")) {
                    stranger.act();
                }
                judge.checkServerTrusted(chain, type, engine);
            }

            @Override
            public X509Certificate[] getAcceptedIssuers() {
                return judge.getAcceptedIssuers();
            }

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkServerTrusted(X509Certificate[] chain, String type) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

            @Override
            public void checkClientTrusted(X509Certificate[] chain, String type) {}
        }
    }
}

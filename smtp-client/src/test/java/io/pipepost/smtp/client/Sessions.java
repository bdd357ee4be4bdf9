/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.FailureCause;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.Phase;
import io.pipepost.smtp.mail.SendResult;
import io.pipepost.smtp.mail.SessionInfo;
import io.pipepost.smtp.testing.TestCertificates;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.TrustManagerFactory;

/** Clients for servers on this machine, and what becomes of their sessions. */
final class Sessions {
    private static final EventLoopGroup LOOPS = new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("test-client", true), NioIoHandler.newFactory());
    private static final Message MESSAGE = Message.of("a@b.test", List.of("c@d.test"), Content.of("x\r\n"));

    private Sessions() {}

    static EventLoop loop() {
        return LOOPS.next();
    }

    static SmtpClient.Builder to(int port, Security security) {
        return to("localhost", port, security);
    }

    static SmtpClient.Builder to(String host, int port, Security security) {
        return SmtpClient.builder(Relay.of(host, port).withTrust(Trust.FLIGHT))
                .ehloName("client.test")
                .eventLoops(LOOPS)
                .timeouts(Timeouts.DEFAULT.with(Phase.QUIT, Duration.ofSeconds(2)))
                .security(security);
    }

    static SmtpClient.Builder inClear(int port) {
        return to(port, Security.of(TlsMode.NONE));
    }

    /** Trusts the authority of the servers in smtp-testing. */
    static Security security(TlsMode mode) {
        return Security.of(mode).trust(trust(TestCertificates.shared().authority()));
    }

    static TrustManagerFactory trust(X509Certificate authority) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry("ca", authority);
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Opens a session and quits it. */
    static SessionInfo visit(SmtpClient.Builder builder) throws Exception {
        try (SmtpClient client = builder.build()) {
            SmtpSession session = await(client.connect());
            await(session.quit());
            return session.info();
        }
    }

    /** Why no session could be opened. */
    static SmtpException refusal(SmtpClient.Builder builder) {
        try (SmtpClient client = builder.build()) {
            return failure(client.connect());
        }
    }

    static SendResult send(SmtpClient.Builder builder) throws Exception {
        try (SmtpClient client = builder.build()) {
            return await(client.send(MESSAGE));
        }
    }

    /** Why a message could not be sent. */
    static SmtpException sendFailure(SmtpClient.Builder builder) {
        try (SmtpClient client = builder.build()) {
            return failure(client.send(MESSAGE));
        }
    }

    static <T> T await(CompletableFuture<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(10, TimeUnit.SECONDS);
    }

    static SmtpException failure(CompletableFuture<?> future) {
        Throwable thrown = catchThrowable(() -> await(future));
        assertThat(thrown).isInstanceOf(ExecutionException.class);
        assertThat(thrown.getCause()).isInstanceOf(SmtpException.class);
        return (SmtpException) thrown.getCause();
    }

    static void assertFailure(SmtpException found, FailureCause cause, Phase phase) {
        assertThat(found.failure().cause()).as("%s", found).isEqualTo(cause);
        assertThat(found.phase()).as("%s", found).isEqualTo(phase);
    }
}

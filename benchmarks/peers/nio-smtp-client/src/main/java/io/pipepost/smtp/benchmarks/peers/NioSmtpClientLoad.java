/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.peers;

import com.hubspot.smtp.client.Extension;
import com.hubspot.smtp.client.SmtpClientResponse;
import com.hubspot.smtp.client.SmtpSession;
import com.hubspot.smtp.client.SmtpSessionConfig;
import com.hubspot.smtp.client.SmtpSessionFactory;
import com.hubspot.smtp.client.SmtpSessionFactoryConfig;
import com.hubspot.smtp.messages.MessageContent;
import com.hubspot.smtp.messages.MessageContentEncoding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollEventLoopGroup;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.smtp.DefaultSmtpRequest;
import io.netty.handler.codec.smtp.SmtpCommand;
import io.netty.handler.codec.smtp.SmtpResponse;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.pipepost.smtp.benchmarks.harness.ClosedLoop;
import io.pipepost.smtp.benchmarks.harness.LoadClient;
import io.pipepost.smtp.benchmarks.harness.Tally;
import io.pipepost.smtp.benchmarks.harness.Workload;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * NioSmtpClient, one event loop, its callbacks on that loop. It has no pool, so each session sends one message after the
 * other. {@code shape} is {@code chunking} (the default) or {@code data}.
 */
public final class NioSmtpClientLoad implements LoadClient {
    private final Workload workload;
    private final SmtpSessionFactory factory;
    private final @Nullable SslContext tls;
    private final ByteBuf message;
    private final List<SmtpSession> sessions = new ArrayList<>();

    /**
     * Opens nothing yet.
     *
     * @param workload what to do
     * @throws SSLException if there is no such engine
     */
    public NioSmtpClientLoad(Workload workload) throws SSLException {
        this.workload = workload;
        this.message = Unpooled.unreleasableBuffer(Unpooled.directBuffer().writeBytes(workload.message()));
        this.tls = workload.isTls() ? tls(workload) : null;
        boolean epoll = Epoll.isAvailable();
        this.factory = new SmtpSessionFactory(SmtpSessionFactoryConfig.builder()
                .eventLoopGroup(epoll ? new EpollEventLoopGroup(1) : new NioEventLoopGroup(1))
                .executor(Runnable::run)
                .channelClass(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .build());
    }

    private static SslContext tls(Workload workload) throws SSLException {
        return SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .trustManager(new File(workload.get("ca", "ca.pem")))
                .build();
    }

    /** It knows STARTTLS only; a handler of ours speaks TLS from the first octet on. */
    private SmtpSessionConfig config() {
        SmtpSessionConfig.Builder builder =
                SmtpSessionConfig.builder().remoteAddress(new InetSocketAddress(workload.host(), workload.port()));
        if (tls != null) {
            builder.addFirstCustomHandlers(tls.newHandler(ByteBufAllocator.DEFAULT, workload.host(), workload.port()));
        }
        if (workload.get("shape", "chunking").equals("data")) {
            builder.disabledExtensions(EnumSet.of(Extension.CHUNKING));
        }
        return builder.build();
    }

    @Override
    public void run(Tally tally) throws InterruptedException {
        hold(workload.connections());
        List<String> recipients = workload.recipients();
        List<Supplier<CompletableFuture<?>>> sends = new ArrayList<>();
        for (SmtpSession session : sessions) {
            sends.add(() -> session.send(
                            Workload.FROM,
                            recipients,
                            MessageContent.of(message.duplicate(), MessageContentEncoding.SEVEN_BIT))
                    .thenAccept(NioSmtpClientLoad::check));
        }
        ClosedLoop.run(tally, sends);
    }

    private static void check(SmtpClientResponse response) {
        for (SmtpResponse each : response.getResponses()) {
            if (each.code() >= 400) {
                throw new IllegalStateException("Refused: " + response);
            }
        }
    }

    @Override
    public void hold(int connections) {
        while (sessions.size() < connections) {
            List<CompletableFuture<SmtpSession>> opening = new ArrayList<>();
            while (opening.size() < 50 && sessions.size() + opening.size() < connections) {
                opening.add(open());
            }
            opening.forEach(session -> sessions.add(session.join()));
        }
    }

    private CompletableFuture<SmtpSession> open() {
        CompletableFuture<SmtpSession> greeted = factory.connect(config())
                .thenCompose(greeting -> greeting.getSession()
                        .send(new DefaultSmtpRequest(SmtpCommand.EHLO, "client.example.com"))
                        .thenApply(SmtpClientResponse::getSession));
        String user = workload.user();
        return user == null
                ? greeted
                : greeted.thenCompose(
                        session -> session.authPlain(user, workload.password()).thenApply(NioSmtpClientLoad::session));
    }

    private static SmtpSession session(SmtpClientResponse response) {
        check(response);
        return response.getSession();
    }
}

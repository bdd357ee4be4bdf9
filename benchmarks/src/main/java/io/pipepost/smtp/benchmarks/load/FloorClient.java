/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.pipepost.smtp.benchmarks.harness.LoadClient;
import io.pipepost.smtp.benchmarks.harness.Tally;
import io.pipepost.smtp.benchmarks.harness.Workload;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The limit: Netty with one handler, transactions that were encoded before, replies that are only counted. {@code shape} is
 * {@code data}, {@code overlap} or {@code train} with {@code inFlight} transactions; one of them is a flight.
 */
public final class FloorClient implements LoadClient {
    private final Workload workload;
    private final Floor floor;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, Sockets.ioHandlers());
    private final @Nullable SslContext tls;
    private final List<FloorHandler> handlers = new ArrayList<>();

    /**
     * Opens nothing yet.
     *
     * @param workload what to do
     * @throws SSLException if there is no such engine
     */
    public FloorClient(Workload workload) throws SSLException {
        this.workload = workload;
        this.floor = new Floor(workload);
        this.tls = workload.isTls() ? tls(workload) : null;
    }

    private static SslContext tls(Workload workload) throws SSLException {
        return SslContextBuilder.forClient()
                .sslProvider(workload.isBoringSsl() ? SslProvider.OPENSSL : SslProvider.JDK)
                .trustManager(new File(workload.get("ca", "ca.pem")))
                .build();
    }

    @Override
    public void run(Tally tally) throws InterruptedException {
        hold(workload.connections());
        CountDownLatch ended = new CountDownLatch(handlers.size());
        handlers.forEach(handler -> handler.start(tally, ended));
        ended.await();
    }

    @Override
    public void hold(int connections) throws InterruptedException {
        while (handlers.size() < connections) {
            int batch = Math.min(50, connections - handlers.size());
            CountDownLatch ready = new CountDownLatch(batch);
            for (int i = 0; i < batch; i++) {
                connect(ready);
            }
            if (!ready.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("not connected after 30 s");
            }
        }
    }

    private void connect(CountDownLatch ready) {
        FloorHandler handler = new FloorHandler(driver(), handshake().iterator(), ready);
        handlers.add(handler);
        new Bootstrap()
                .group(loops)
                .channel(Sockets.channelType())
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(new Initializer(handler))
                .connect(workload.host(), workload.port());
    }

    private FloorDriver driver() {
        return switch (workload.get("shape", "train")) {
            case "data" -> new FloorDriver.Stepwise(floor.data().toArray(new Floor.Step[0]));
            case "overlap" -> new FloorDriver.Overlap(floor);
            case "train" -> new FloorDriver.Train(floor, workload.number("inFlight", 1));
            default -> throw new IllegalArgumentException("Unknown shape");
        };
    }

    private List<ByteBuf> handshake() {
        List<ByteBuf> lines = new ArrayList<>();
        lines.add(line("EHLO client.example.com"));
        String user = workload.user();
        if (user != null) {
            byte[] secret = ('\0' + user + '\0' + workload.password()).getBytes(StandardCharsets.UTF_8);
            lines.add(line("AUTH PLAIN " + Base64.getEncoder().encodeToString(secret)));
        }
        return lines;
    }

    private static ByteBuf line(String text) {
        return Unpooled.copiedBuffer(text + "\r\n", StandardCharsets.US_ASCII);
    }

    private final class Initializer extends ChannelInitializer<Channel> {
        private final FloorHandler handler;

        Initializer(FloorHandler handler) {
            this.handler = handler;
        }

        @Override
        protected void initChannel(Channel channel) {
            if (tls != null) {
                channel.pipeline().addLast(tls.newHandler(channel.alloc(), workload.host(), workload.port()));
            }
            channel.pipeline().addLast(handler);
        }
    }
}

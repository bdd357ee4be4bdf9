/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.SmtpException;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.protocol.Reply;
import io.pipepost.smtp.protocol.Verb;
import io.pipepost.smtp.testing.Phase;
import io.pipepost.smtp.testing.Received;
import io.pipepost.smtp.testing.ScriptedServer;
import io.pipepost.smtp.testing.SinkRule;
import io.pipepost.smtp.testing.SmtpSink;
import jakarta.mail.Address;
import jakarta.mail.AuthenticationFailedException;
import jakarta.mail.Authenticator;
import jakarta.mail.Message.RecipientType;
import jakarta.mail.MessagingException;
import jakarta.mail.NoSuchProviderException;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Provider;
import jakarta.mail.SendFailedException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.event.TransportEvent;
import jakarta.mail.event.TransportListener;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.NewsAddress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The transport, as programs use it. */
class PipepostTransportTest {
    private static final Reply NO_SUCH_USER = Reply.of(550, "5.1.1 no such user");
    private static final Reply LATER = Reply.of(450, "4.2.1 later");

    @TempDir
    Path directory;

    @AfterEach
    void closeClients() throws Exception {
        PipepostTransport.closeUnused().get(20, TimeUnit.SECONDS);
    }

    private static SmtpSink.Builder choosy() {
        return SmtpSink.builder()
                .keepMessages()
                .reply(Phase.RCPT, argument -> argument.contains("bad"), NO_SUCH_USER)
                .reply(Phase.RCPT, argument -> argument.contains("busy"), LATER);
    }

    private static void send(Session session, String to) throws MessagingException {
        MimeMessage message = Mimes.message(session, to);
        try (Transport transport = Mimes.connected(session)) {
            transport.sendMessage(message, message.getAllRecipients());
        }
    }

    private static SmtpSendFailedException failure(Session session, String to) {
        return catchThrowableOfType(SmtpSendFailedException.class, () -> send(session, to));
    }

    private static void assertLists(SendFailedException failure, String sent, String unsent, String invalid) {
        assertThat(join(failure.getValidSentAddresses())).as("valid sent").isEqualTo(sent);
        assertThat(join(failure.getValidUnsentAddresses())).as("valid unsent").isEqualTo(unsent);
        assertThat(join(failure.getInvalidAddresses())).as("invalid").isEqualTo(invalid);
    }

    private static String join(Address[] addresses) {
        return String.join(",", Arrays.stream(addresses).map(Address::toString).toList());
    }

    // ---- the way through

    @Test
    void sendsExactlyWhatJakartaMailWould() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            Session session = Mimes.plain(sink, "mail.smtp.from", "bounces@a.test", "mail.smtp.localhost", "me.test");
            MimeMessage message = Mimes.message(session, "b@b.test, C <c@c.test>");
            message.setRecipients(RecipientType.BCC, "d@d.test");
            try (Transport transport = Mimes.connected(session)) {
                assertThat(transport).isExactlyInstanceOf(PipepostTransport.class);
                assertThat(transport.isConnected()).isTrue();
                transport.sendMessage(message, message.getAllRecipients());
            }
            Received received = sink.messages().get(0);
            assertThat(received.content()).isEqualTo(Mimes.rendered(message));
            assertThat(received.from()).isEqualTo("bounces@a.test");
            assertThat(received.recipients()).containsExactly("b@b.test", "c@c.test", "d@d.test");
        }
    }

    @Test
    void theStaticSendOfJakartaMail() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            Session session = Mimes.plain(sink, "mail.transport.protocol.rfc822", "pipepost");
            MimeMessage message = Mimes.message(session, "b@b.test");
            Transport.send(message);
            assertThat(sink.messages().get(0).content()).isEqualTo(Mimes.rendered(message));
        }
    }

    @Test
    void largeMessagesAreStreamed() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            Session session = Mimes.plain(sink);
            MimeMessage message = Mimes.large(session, 2_000_000);
            try (Transport transport = Mimes.connected(session)) {
                transport.sendMessage(message, message.getAllRecipients());
            }
            assertThat(sink.messages().get(0).content()).isEqualTo(Mimes.rendered(message));
        }
    }

    @Test
    void bothProtocolsAreRegistered() throws Exception {
        Session session = Mimes.session();
        assertThat(session.getProvider("pipepost").getClassName()).isEqualTo(PipepostTransport.class.getName());
        assertThat(session.getProvider("pipeposts").getVendor()).isEqualTo("Pipepost");
        assertThat(session.getTransport("pipeposts")).isInstanceOf(PipepostSslTransport.class);
        assertThat(session.getTransport("smtp").getClass().getName()).contains("angus");
        session.setProvider(session.getProvider("pipepost"));
        assertThat(session.getTransport("pipepost")).isInstanceOf(PipepostTransport.class);
        assertThatThrownBy(() -> session.getTransport("pipepostx")).isInstanceOf(NoSuchProviderException.class);
    }

    /** Where jars are packed into one, services are merged, and other files hide each other. */
    @Test
    void bothProtocolsAreServices() {
        assertThat(ServiceLoader.load(Provider.class))
                .filteredOn(provider -> "Pipepost".equals(provider.getVendor()))
                .extracting(
                        provider -> provider.getProtocol() + " " + provider.getType() + " " + provider.getClassName())
                .containsExactlyInAnyOrder(
                        "pipepost TRANSPORT " + PipepostTransport.class.getName(),
                        "pipeposts TRANSPORT " + PipepostSslTransport.class.getName());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pipepost", "pipeposts"})
    void tlsAndAuth(String protocol) throws Exception {
        SmtpSink.Builder server =
                SmtpSink.builder().credentials("user", "secret").requireAuth().keepMessages();
        boolean implicit = protocol.equals("pipeposts");
        try (SmtpSink sink = (implicit ? server.implicitTls() : server.requireTls()).start()) {
            Path ca = directory.resolve("ca.pem");
            Files.writeString(ca, sink.certificates().authorityPem());
            Session session = Mimes.session("mail." + protocol + ".ssl.cafile", ca.toString());
            MimeMessage message = Mimes.message(session, "b@b.test");
            try (Transport transport = session.getTransport(protocol)) {
                transport.connect("localhost", sink.port(), "user", "secret");
                transport.sendMessage(message, message.getAllRecipients());
            }
            assertThat(sink.messages().get(0).tls()).isTrue();
            assertThat(sink.messages().get(0).user()).isEqualTo("user");
        }
    }

    /** TLS is required unless somebody says otherwise, and the certificate is verified. */
    @Test
    void nothingGoesOutInTheClearByDefault() throws Exception {
        try (SmtpSink open = SmtpSink.builder().start();
                SmtpSink secret = SmtpSink.builder().startTls().start()) {
            Session session = Mimes.session();
            for (SmtpSink sink : List.of(open, secret)) {
                Transport transport = session.getTransport("pipepost");
                assertThatThrownBy(() -> transport.connect("localhost", sink.port(), null, null))
                        .isInstanceOf(MessagingException.class)
                        .hasMessageContaining(sink == open ? "STARTTLS" : "certif");
                assertThat(transport.isConnected()).isFalse();
            }
            for (String trust : List.of("*", "example.com LocalHost")) {
                Session trusting = Mimes.session("mail.smtp.ssl.trust", trust);
                try (Transport transport = trusting.getTransport("pipepost")) {
                    transport.connect("localhost", secret.port(), null, null);
                    assertThat(transport.isConnected()).isTrue();
                }
            }
        }
    }

    @Test
    void anAuthenticatorIsAsked() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                .credentials("user", "secret")
                .requireAuth()
                .keepMessages()
                .start()) {
            Properties properties = Mimes.plain(sink, "mail.smtp.auth", "true", "mail.smtp.auth.withouttls", "true")
                    .getProperties();
            Session session = Session.getInstance(properties, new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                    return new PasswordAuthentication("user", "secret");
                }
            });
            send(session, "b@b.test");
            assertThat(sink.messages().get(0).user()).isEqualTo("user");
        }
    }

    @Test
    void tokensAreSentByTheMechanismsForThem() throws Exception {
        try (SmtpSink sink = SmtpSink.builder()
                .token("user", "t0ken")
                .requireAuth()
                .keepMessages()
                .start()) {
            Session session =
                    Mimes.plain(sink, "mail.smtp.auth.mechanisms", "NTLM XOAUTH2", "mail.smtp.auth.withouttls", "true");
            try (Transport transport = session.getTransport("pipepost")) {
                transport.connect("user", "t0ken");
                MimeMessage message = Mimes.message(session, "b@b.test");
                transport.sendMessage(message, message.getAllRecipients());
            }
            assertThat(sink.messages().get(0).user()).isEqualTo("user");
        }
    }

    @Test
    void wrongPasswordsAreToldWhenConnecting() throws Exception {
        try (SmtpSink sink =
                SmtpSink.builder().credentials("user", "secret").requireAuth().start()) {
            Session session = Mimes.plain(sink, "mail.smtp.auth.withouttls", "true");
            for (int i = 0; i < 3; i++) {
                Transport transport = session.getTransport("pipepost");
                assertThatThrownBy(() -> transport.connect("user", "wrong"))
                        .isInstanceOf(AuthenticationFailedException.class)
                        .hasMessageContaining("535")
                        .hasMessageNotContaining("wrong");
            }
            try (Transport transport = session.getTransport("pipepost")) {
                transport.connect("user", "secret");
            }
        }
    }

    /** R-4954-17 needs to know whether a mechanism was the program's choice. */
    @Test
    void mechanismsAreRestrictedByThePropertiesOnly() throws Exception {
        assertThat(login().mechanisms()).isEmpty();
        assertThat(login("mail.smtp.auth.login.disable", "true").mechanisms())
                .containsExactly(SaslMechanism.CRAM_MD5, SaslMechanism.PLAIN);
        assertThat(login("mail.smtp.auth.mechanisms", "LOGIN plain").mechanisms())
                .containsExactly(SaslMechanism.LOGIN, SaslMechanism.PLAIN);
        assertThat(login()).hasToString("Login[***]");
    }

    private static Login login(Object... properties) throws MessagingException {
        return Login.of("user", "secret", new TransportProperties(Mimes.session(properties), "pipepost"));
    }

    @Test
    void credentialsStayHomeWithoutTls() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().credentials("user", "secret").start()) {
            Session session = Mimes.plain(sink);
            assertThatThrownBy(() -> session.getTransport("pipepost").connect("user", "secret"))
                    .isInstanceOf(AuthenticationFailedException.class);
            assertThat(sink.counters().commands(Verb.AUTH)).isZero();
            session.getProperties().put("mail.smtp.auth", false);
            try (Transport transport = session.getTransport("pipepost")) {
                transport.connect("user", "secret");
            }
            assertThat(sink.counters().commands(Verb.AUTH)).isZero();
        }
    }

    @Test
    void serversThatAreNotThere() throws Exception {
        int port;
        try (SmtpSink gone = SmtpSink.builder().start()) {
            port = gone.port();
        }
        Session session = Mimes.plain(port);
        assertThatThrownBy(() -> Mimes.connected(session))
                .isInstanceOf(MessagingException.class)
                .hasCauseInstanceOf(SmtpException.Connection.class);
    }

    // ---- outcomes

    @Test
    void allOrNothingByDefault() throws Exception {
        try (SmtpSink sink = choosy().start()) {
            Session session = Mimes.plain(sink);
            SmtpSendFailedException failure = failure(session, "b@b.test, bad@b.test, busy@b.test");
            assertLists(failure, "", "b@b.test,busy@b.test", "bad@b.test");
            assertThat(failure.mayHaveBeenDelivered()).isFalse();
            assertThat(failure.recipients()).hasSize(3);
            assertThat(sink.counters().messages()).isZero();
        }
    }

    @Test
    void someIfSoWanted() throws Exception {
        try (SmtpSink sink = choosy().start()) {
            Session session = Mimes.plain(sink, "mail.smtp.sendpartial", true);
            SmtpSendFailedException failure = failure(session, "b@b.test, bad@b.test, busy@b.test, root");
            assertLists(failure, "b@b.test", "busy@b.test", "root,bad@b.test");
            assertThat(failure.result()).isNotNull();
            assertThat(failure).hasMessageContaining("1 of 4");
            assertThat(sink.messages().get(0).recipients()).containsExactly("b@b.test");
            assertThat(nested(failure))
                    .extracting(one -> one.getAddress() + " " + one.getReturnCode())
                    .containsExactly("root -1", "bad@b.test 550", "busy@b.test 450");
        }
    }

    private static List<SmtpAddressFailedException> nested(MessagingException failure) {
        List<SmtpAddressFailedException> all = new ArrayList<>();
        Exception next = failure.getNextException();
        while (next instanceof SmtpAddressFailedException one) {
            all.add(one);
            next = one.getNextException();
        }
        return all;
    }

    @Test
    void malformedAddressesAreInvalidAndTheRestIsNotSent() throws Exception {
        try (SmtpSink sink = choosy().start()) {
            Session session = Mimes.plain(sink);
            assertLists(failure(session, "b@b.test, root"), "", "b@b.test", "root");
            assertThat(sink.counters().commands(Verb.MAIL)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"MAIL, 550", "MAIL, 451", "END_OF_DATA, 554", "END_OF_DATA, 452"})
    void refusalsOfTheSenderOrTheContentMakeNoAddressInvalid(Phase phase, int code) throws Exception {
        try (SmtpSink sink =
                SmtpSink.builder().reply(phase, Reply.of(code, "no")).start()) {
            SmtpSendFailedException failure = failure(Mimes.plain(sink), "b@b.test, c@c.test");
            assertLists(failure, "", "b@b.test,c@c.test", "");
            assertThat(failure).hasMessageContaining(code + " no");
            assertThat(nested(failure)).hasSize(2);
        }
    }

    @Test
    void a421IsNotTheEnd() throws Exception {
        try (SmtpSink sink =
                SmtpSink.builder().messagesPerConnection(2).keepMessages().start()) {
            Session session = Mimes.plain(sink);
            MimeMessage message = Mimes.message(session, "b@b.test");
            try (Transport transport = Mimes.connected(session)) {
                for (int i = 0; i < 7; i++) {
                    transport.sendMessage(message, message.getAllRecipients());
                    assertThat(transport.isConnected()).isTrue();
                }
            }
            assertThat(sink.counters().messages()).isEqualTo(7);
        }
        try (SmtpSink sink =
                SmtpSink.builder().reply(Phase.MAIL, Reply.of(421, "closing")).start()) {
            SmtpSendFailedException failure = failure(Mimes.plain(sink), "b@b.test");
            assertLists(failure, "", "b@b.test", "");
            assertThat(failure).hasMessageContaining("421 closing");
            assertThat(failure.mayHaveBeenDelivered()).isFalse();
        }
    }

    @Test
    void anUnknownOutcomeSaysSo() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().dropAfter(Phase.END_OF_DATA).start()) {
            SmtpSendFailedException failure = failure(Mimes.plain(sink), "b@b.test");
            assertLists(failure, "", "b@b.test", "");
            assertThat(failure.mayHaveBeenDelivered()).isTrue();
            assertThat(failure).hasMessageContaining("may have been delivered");
            assertThat(failure.getNextException()).isInstanceOf(SmtpException.Connection.class);
        }
    }

    @Test
    void successIsReportedIfSoWanted() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            SmtpSendFailedException success =
                    failure(Mimes.plain(sink, "mail.smtp.reportsuccess", "true"), "b@b.test, c@c.test");
            assertLists(success, "b@b.test,c@c.test", "", "");
            assertThat(nested(success))
                    .hasSize(2)
                    .allSatisfy(one -> assertThat(one.getReturnCode()).isEqualTo(250));
        }
    }

    @Test
    void listenersHear() throws Exception {
        BlockingQueue<String> heard = new LinkedBlockingQueue<>();
        TransportListener listener = new TransportListener() {
            private void add(String what, TransportEvent event) {
                heard.add(what + " " + join(event.getValidSentAddresses()) + " " + join(event.getValidUnsentAddresses())
                        + " " + join(event.getInvalidAddresses()));
            }

            @Override
            public void messageDelivered(TransportEvent event) {
                add("delivered", event);
            }

            @Override
            public void messageNotDelivered(TransportEvent event) {
                add("not", event);
            }

            @Override
            public void messagePartiallyDelivered(TransportEvent event) {
                add("partly", event);
            }
        };
        try (SmtpSink sink = choosy().start()) {
            Session session = Mimes.plain(sink, "mail.smtp.sendpartial", "true");
            try (Transport transport = Mimes.connected(session)) {
                transport.addTransportListener(listener);
                for (String to : List.of("b@b.test", "b@b.test, bad@b.test", "busy@b.test")) {
                    MimeMessage message = Mimes.message(session, to);
                    try {
                        transport.sendMessage(message, message.getAllRecipients());
                    } catch (SmtpSendFailedException expected) {
                        assertThat(to).contains("b");
                    }
                }
                for (String expected :
                        List.of("delivered b@b.test  ", "partly b@b.test  bad@b.test", "not  busy@b.test ")) {
                    assertThat(heard.poll(5, TimeUnit.SECONDS)).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void whatCannotBeSent() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            Session session = Mimes.plain(sink);
            MimeMessage message = Mimes.message(session, "b@b.test");
            Transport transport = Mimes.connected(session);
            assertThatThrownBy(() -> transport.sendMessage(message, new Address[0]))
                    .isInstanceOf(SendFailedException.class)
                    .hasMessage("No recipient addresses");
            assertThatThrownBy(() -> transport.sendMessage(message, null)).isInstanceOf(SendFailedException.class);
            assertThatThrownBy(() -> transport.sendMessage(message, new Address[] {new NewsAddress("comp.mail")}))
                    .isInstanceOf(MessagingException.class)
                    .hasMessageContaining("InternetAddress");
            message.removeHeader("From");
            assertThatThrownBy(() -> transport.sendMessage(message, message.getAllRecipients()))
                    .isInstanceOf(SmtpSendFailedException.class)
                    .hasMessageContaining("From");
            transport.close();
            transport.close();
            assertThat(transport.isConnected()).isFalse();
            assertThatThrownBy(() -> transport.sendMessage(message, message.getAllRecipients()))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(sink.counters().commands(Verb.MAIL)).isZero();
        }
    }

    // ---- waiting

    /** The server is slow to answer MAIL: the first sender waits for that, the second one for the first. */
    @Test
    void interruptedThreadsKeepTheirMessageBack() throws Exception {
        SlowServer slow = new SlowServer(Phase.MAIL);
        try (SmtpSink sink = SmtpSink.builder().hide("PIPELINING").rule(slow).start();
                slow) {
            Session session = Mimes.plain(sink, "mail.pipepost.maxconnections", "1");
            Sender underWay = new Sender(session);
            slow.awaitArrival();
            Sender queued = new Sender(session);
            for (Sender sender : List.of(queued, underWay)) {
                SmtpSendFailedException failure = sender.interrupt();
                assertLists(failure, "", "b@b.test", "");
                assertThat(failure).hasMessageStartingWith("Interrupted: ");
                assertThat(failure.mayHaveBeenDelivered()).isFalse();
            }
            slow.close();
            await(() -> sink.counters().commands(Verb.RSET) == 1);
            assertThat(sink.counters().messages()).isZero();
        }
    }

    @Test
    void interruptedThreadsSayIfTheyCannotKnow() throws Exception {
        SlowServer slow = new SlowServer(Phase.END_OF_DATA);
        try (SmtpSink sink = SmtpSink.builder().rule(slow).start();
                slow) {
            Sender sender = new Sender(Mimes.plain(sink));
            slow.awaitArrival();
            SmtpSendFailedException failure = sender.interrupt();
            slow.close();
            assertLists(failure, "", "b@b.test", "");
            assertThat(failure).hasMessageContaining("Interrupted").hasMessageContaining("may have been delivered");
            assertThat(failure.mayHaveBeenDelivered()).isTrue();
        }
    }

    /** Answers one command when it is told to. */
    private static final class SlowServer implements SinkRule, AutoCloseable {
        private final Phase slow;
        private final CountDownLatch arrived = new CountDownLatch(1);
        private final CountDownLatch answer = new CountDownLatch(1);

        SlowServer(Phase slow) {
            this.slow = slow;
        }

        @Override
        public Reply reply(Phase phase, String argument) {
            if (phase == slow) {
                arrived.countDown();
                try {
                    assertThat(answer.await(20, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            return null;
        }

        void awaitArrival() throws InterruptedException {
            assertThat(arrived.await(20, TimeUnit.SECONDS)).isTrue();
        }

        /** Lets it answer. */
        @Override
        public void close() {
            answer.countDown();
        }
    }

    /** A thread that waits for the outcome of a message. */
    private static final class Sender {
        private final CompletableFuture<SmtpSendFailedException> failed = new CompletableFuture<>();
        private final Thread thread;

        Sender(Session session) throws Exception {
            MimeMessage message = Mimes.message(session, "b@b.test");
            Transport transport = Mimes.connected(session);
            thread = new Thread(() -> {
                try (transport) {
                    transport.sendMessage(message, message.getAllRecipients());
                    failed.completeExceptionally(new AssertionError("was sent"));
                } catch (SmtpSendFailedException e) {
                    if (Thread.currentThread().isInterrupted()) {
                        failed.complete(e);
                    } else {
                        failed.completeExceptionally(new AssertionError("not interrupted any more"));
                    }
                } catch (MessagingException e) {
                    failed.completeExceptionally(e);
                }
            });
            thread.start();
            while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
                Thread.onSpinWait();
            }
        }

        SmtpSendFailedException interrupt() throws Exception {
            thread.interrupt();
            return failed.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void eventLoopsMustNotWait() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            Session session = Mimes.plain(sink);
            Transport transport = Mimes.connected(session);
            MimeMessage message = Mimes.message(session, "b@b.test");
            DefaultEventExecutor loop = new DefaultEventExecutor();
            Future<?> sending = loop.submit(() -> {
                transport.sendMessage(message, message.getAllRecipients());
                return null;
            });
            assertThatThrownBy(() -> sending.get(5, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(IllegalStateException.class);
            loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).get();
            transport.close();
        }
    }

    // ---- sharing

    @Test
    void manyThreadsShareConnections() throws Exception {
        int threads = 20;
        int messages = 25;
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            Session session = Mimes.plain(sink, "mail.pipepost.maxconnections", 4);
            ExecutorService senders = Executors.newFixedThreadPool(threads);
            CountDownLatch ready = new CountDownLatch(threads);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                String to = "b" + i + "@b.test";
                all.add(senders.submit(() -> {
                    ready.countDown();
                    ready.await();
                    for (int n = 0; n < messages; n++) {
                        send(session, to);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
            senders.shutdown();
            assertThat(sink.counters().messages()).isEqualTo((long) threads * messages);
            assertThat(sink.counters().connections()).isLessThanOrEqualTo(4);
            for (int i = 0; i < threads; i++) {
                String to = "b" + i + "@b.test";
                assertThat(sink.messages())
                        .filteredOn(one -> one.recipients().equals(List.of(to)))
                        .hasSize(messages);
            }
        }
    }

    @Test
    void oneTransportServesManyThreads() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            Session session = Mimes.plain(sink);
            MimeMessage message = Mimes.message(session, "b@b.test");
            ExecutorService senders = Executors.newFixedThreadPool(10);
            try (Transport transport = Mimes.connected(session)) {
                List<Future<?>> all = new ArrayList<>();
                for (int i = 0; i < 100; i++) {
                    all.add(senders.submit(() -> {
                        transport.sendMessage(message, message.getAllRecipients());
                        return null;
                    }));
                }
                for (Future<?> one : all) {
                    one.get(60, TimeUnit.SECONDS);
                }
            }
            senders.shutdown();
            assertThat(sink.counters().messages()).isEqualTo(100);
        }
    }

    @Test
    void othersAreNotSharedWith() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().credentials("user", "secret").start()) {
            Session session = Mimes.plain(sink, "mail.smtp.auth.withouttls", "true");
            try (Transport anonymous = Mimes.connected(session);
                    Transport user = session.getTransport("pipepost")) {
                assertThat(sink.counters().connections()).isEqualTo(1);
                user.connect("user", "secret");
                assertThat(sink.counters().connections()).isEqualTo(2);
                assertThatThrownBy(() -> session.getTransport("pipepost").connect("user", "other"))
                        .isInstanceOf(AuthenticationFailedException.class);
                assertThat(anonymous.isConnected()).isTrue();
            }
        }
    }

    @Test
    void aClientOfTheProgramsOwn() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start();
                SmtpClient client = SmtpClient.builder("127.0.0.1", sink.port())
                        .security(Security.of(TlsMode.NONE))
                        .build()) {
            Session session = Mimes.session();
            PipepostTransport.use(session, client);
            send(session, "b@b.test");
            PipepostTransport.closeUnused().get(20, TimeUnit.SECONDS);
            send(session, "c@c.test");
            assertThat(sink.counters().connections())
                    .as("one to see whether there can be one, and one for the messages")
                    .isEqualTo(2);
            assertThat(sink.counters().messages()).isEqualTo(2);
        }
        Session wrong = Mimes.session("mail.pipepost.client", "none");
        assertThatThrownBy(() -> Mimes.connected(wrong)).hasMessageContaining("expected an SmtpClient, found none");
    }

    @Test
    void unusedClientsAreClosedWithTheirThreads() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            Session session = Mimes.plain(sink);
            send(session, "b@b.test");
            assertThat(sink.counters().openConnections()).isEqualTo(1);
            assertThat(threads()).isNotEmpty();
            Transport inUse = Mimes.connected(session);
            PipepostTransport.closeUnused().get(20, TimeUnit.SECONDS);
            assertThat(sink.counters().openConnections()).isEqualTo(1);
            inUse.close();
            PipepostTransport.closeUnused().get(20, TimeUnit.SECONDS);
            // An event loop says that it has ended shortly before its thread does.
            await(() -> threads().isEmpty());
            await(() -> sink.counters().openConnections() == 0);
        }
    }

    @Test
    void unusedClientsAreClosedAfterAWhile() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            Session session = Mimes.plain(sink, "mail.pipepost.idletime", "50");
            send(session, "b@b.test");
            await(() -> threads().isEmpty() && sink.counters().openConnections() == 0);
            send(session, "b@b.test");
            assertThat(sink.counters().connections()).isEqualTo(2);
        }
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("pipepost-") && !name.startsWith("pipepost-blocking"))
                .toList();
    }

    private static void await(java.util.function.BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.sleep(2);
        }
    }

    // ---- properties

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mail.smtp.auth | yes | expected true or false, found yes",
                "mail.smtp.timeout | 5s | expected a number, found 5s",
                "mail.smtp.dsn.notify | FAILURE | delivery status",
                "mail.smtp.socks.host | proxy.test | the server itself",
                "mail.smtp.socketFactory.class | javax.net.ssl.SSLSocketFactory | ssl.enable",
                "mail.smtp.ssl.ciphersuites | X | engine",
                "mail.smtp.ssl.hostnameverifier.class | any | with the certificate",
                "mail.smtp.ssl.protocols | TLSv1.3 | TLSv1.2",
                "mail.smtp.ssl.protocols | TLSv1 | TLSv1.2",
                "mail.smtp.ssl.checkserveridentity | false | ssl.trust",
                "mail.smtp.ehlo | false | EHLO",
                "mail.smtp.sasl.enable | true | auth.mechanisms",
                "mail.smtp.localhost | a b | mail",
                "mail.smtp.maxconnections | 0 | connections",
                "mail.pipepost.ssl.cafile | /no/such/file | no such file",
                "mail.pipepost.startls.enable | true | There is no property mail.pipepost.startls.enable"
            })
    void propertiesThatCannotBeHeeded(String name, String value, String message) throws Exception {
        try (SmtpSink sink = SmtpSink.builder().start()) {
            Session session = Mimes.plain(sink, name, value);
            assertThatThrownBy(() -> Mimes.connected(session))
                    .isInstanceOf(MessagingException.class)
                    .message()
                    .contains(message.equals("mail") ? "127.0.0.1" : message);
            assertThat(sink.counters().connections()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NTLM", "PLAIN XOAUTH2", "PLAIN"})
    void mechanismsThatCannotBeUsed(String mechanisms) throws Exception {
        Session session = Mimes.plain(
                9, "mail.smtp.auth.mechanisms", mechanisms, "mail.smtp.auth.plain.disable", mechanisms.equals("PLAIN"));
        assertThatThrownBy(() -> session.getTransport("pipepost").connect("user", "secret"))
                .isInstanceOf(MessagingException.class)
                .hasMessageContaining("auth.mechanisms");
    }

    @ParameterizedTest
    @CsvSource({
        "false, , , NONE",
        "true, false, , IF_OFFERED",
        "true, true, , STARTTLS",
        "true, , , STARTTLS",
        ", , , STARTTLS",
        ", , true, IMPLICIT",
        "false, true, , STARTTLS",
        "true, true, true, IMPLICIT"
    })
    void whenTlsIsUsed(String enable, String required, String ssl, TlsMode mode) throws Exception {
        Session session = Mimes.session();
        put(session, "starttls.enable", enable);
        put(session, "starttls.required", required);
        put(session, "ssl.enable", ssl);
        ClientSettings settings = settings(session, false, -1);
        assertThat(settings.tls()).isEqualTo(mode);
        assertThat(settings.port()).isEqualTo(mode == TlsMode.IMPLICIT ? 465 : 25);
        assertThat(settings(session, true, -1).tls()).isEqualTo(TlsMode.IMPLICIT);
        assertThat(settings(session, false, 465).tls())
                .isEqualTo(mode == TlsMode.IMPLICIT || ssl == null ? TlsMode.IMPLICIT : mode);
    }

    private static void put(Session session, String name, String value) {
        if (value != null) {
            session.getProperties().put("mail.smtp." + name, value);
        }
    }

    private static ClientSettings settings(Session session, boolean implicitTls, int port) throws MessagingException {
        return ClientSettings.of(
                new TransportProperties(session, "pipepost"),
                new ClientSettings.Protocol(implicitTls, session),
                "localhost",
                port,
                null);
    }

    @Test
    void theProtocolsOwnPropertiesComeFirst() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            Session session = Mimes.plain(
                    sink, "mail.smtp.from", "smtp@a.test", "mail.pipepost.from", "own@a.test", "mail.smtp.user", "u");
            send(session, "b@b.test");
            assertThat(sink.messages().get(0).from()).isEqualTo("own@a.test");
            assertThat(session.getTransport("pipepost").getURLName().getUsername())
                    .isEqualTo("u");
        }
    }

    @Test
    void timeoutsEndTheWaiting() throws Exception {
        try (ScriptedServer server = ScriptedServer.play("DRAIN")) {
            Session session = Mimes.plain(server.port(), "mail.smtp.timeout", 100);
            assertThatThrownBy(() -> Mimes.connected(session)).hasCauseInstanceOf(SmtpException.Timeout.class);
        }
    }

    @Test
    void debuggingShowsTheDialogueWithoutSecrets() throws Exception {
        ByteArrayOutputStream shown = new ByteArrayOutputStream();
        try (SmtpSink sink = SmtpSink.builder().credentials("user", "secret").start()) {
            Session session = Mimes.plain(sink, "mail.smtp.auth.withouttls", "true");
            session.setDebugOut(new PrintStream(shown, true));
            session.setDebug(true);
            try (Transport transport = session.getTransport("pipepost")) {
                transport.connect("user", "secret");
            }
        }
        assertThat(shown.toString()).contains("C: EHLO").contains("AUTH").doesNotContain("secret");
    }

    @Test
    void aHundredAndMoreRecipientsGoOutTogether() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            StringBuilder to = new StringBuilder("b@b.test");
            for (int i = 0; i < 150; i++) {
                to.append(", b").append(i).append("@b.test");
            }
            send(Mimes.plain(sink), to.toString());
            assertThat(sink.messages()).hasSize(1);
            assertThat(sink.messages().get(0).recipients()).hasSize(151);
        }
    }

    @Test
    void groupsAreResolved() throws Exception {
        try (SmtpSink sink = SmtpSink.builder().keepMessages().start()) {
            Session session = Mimes.plain(sink);
            MimeMessage message = Mimes.message(session, "b@b.test");
            try (Transport transport = Mimes.connected(session)) {
                transport.sendMessage(message, InternetAddress.parse("x: c@c.test, d@d.test;, e@e.test"));
            }
            assertThat(sink.messages().get(0).recipients()).containsExactly("c@c.test", "d@d.test", "e@e.test");
        }
    }
}

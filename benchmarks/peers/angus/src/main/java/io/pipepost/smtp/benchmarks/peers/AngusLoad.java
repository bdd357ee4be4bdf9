/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.benchmarks.peers;

import io.pipepost.smtp.benchmarks.harness.LoadClient;
import io.pipepost.smtp.benchmarks.harness.Tally;
import io.pipepost.smtp.benchmarks.harness.Workload;
import jakarta.mail.Address;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import jakarta.mail.internet.AddressException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Angus Mail: a thread and a Transport for each connection, both reused. It composes each message, as its users do, or with
 * {@code compose=no} sends the same one, which was composed before.
 */
public final class AngusLoad implements LoadClient {
    /** What it writes above the body. */
    private static final int HEADER_OCTETS = 300;

    private final Workload workload;
    private final Session session;
    private final ExecutorService threads;
    private final boolean compose;
    private final Address[] recipients;
    private final String text;
    private final List<Transport> transports = new ArrayList<>();

    /**
     * Opens nothing yet.
     *
     * @param workload what to do
     * @throws AddressException never
     */
    public AngusLoad(Workload workload) throws AddressException {
        this.workload = workload;
        this.session = Session.getInstance(properties(workload));
        this.compose = workload.get("compose", "yes").equals("yes");
        this.recipients = InternetAddress.parse(String.join(",", workload.recipients()));
        this.text = Workload.text(workload.octets() - HEADER_OCTETS);
        this.threads = Executors.newFixedThreadPool(workload.connections());
    }

    private static Properties properties(Workload workload) {
        Properties properties = new Properties();
        properties.setProperty("mail.smtp.from", Workload.FROM);
        properties.setProperty("mail.smtp.localhost", "client.example.com");
        properties.setProperty("mail.smtp.ssl.enable", Boolean.toString(workload.isTls()));
        properties.setProperty("mail.smtp.ssl.trust", "*");
        properties.setProperty("mail.smtp.ssl.checkserveridentity", "false");
        properties.setProperty("mail.smtp.auth", Boolean.toString(workload.user() != null));
        return properties;
    }

    @Override
    public void run(Tally tally) throws Exception {
        connect();
        List<Callable<Void>> loops = new ArrayList<>();
        for (Transport transport : transports) {
            loops.add(() -> loop(transport, tally));
        }
        threads.invokeAll(loops);
    }

    private void connect() throws MessagingException {
        while (transports.size() < workload.connections()) {
            Transport transport = session.getTransport("smtp");
            transport.connect(workload.host(), workload.port(), workload.user(), workload.password());
            transports.add(transport);
        }
    }

    @SuppressWarnings("NullAway") // Callable<Void> has nothing else to return
    private Void loop(Transport transport, Tally tally) throws MessagingException {
        MimeMessage composed = new MimeMessage(session, new ByteArrayInputStream(workload.message()));
        while (tally.isOpen()) {
            try {
                transport.sendMessage(compose ? compose() : composed, recipients);
                tally.accepted(1);
            } catch (MessagingException e) {
                tally.failed(e);
            }
        }
        return null;
    }

    private MimeMessage compose() throws MessagingException {
        MimeMessage message = new MimeMessage(session);
        message.setFrom(Workload.FROM);
        message.setRecipients(Message.RecipientType.TO, recipients);
        message.setSubject("A message of the benchmark");
        message.setText(text);
        message.saveChanges();
        return message;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16BE;
import static org.assertj.core.api.Assertions.assertThat;

import io.pipepost.smtp.testing.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import javax.net.ServerSocketFactory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** S-22: what a client that has logged in still holds. */
@Tag("exhaustive")
class SecretsInMemoryTest {
    private static final Duration LIMIT = Duration.ofMinutes(1);

    @TempDir
    Path directory;

    /** A mechanism for each connection: they come one after the other. */
    private static void serve(RawServer.Connection connection) throws IOException {
        String mechanism = List.of("PLAIN", "LOGIN", "XOAUTH2").get(connection.number() - 1);
        connection.open("AUTH " + mechanism);
        connection.readLine();
        if (mechanism.equals("LOGIN")) {
            connection.send("334 VXNlcm5hbWU6");
            connection.readLine();
            connection.send("334 UGFzc3dvcmQ6");
            connection.readLine();
        }
        connection.send("235 ok");
        connection.takeMessage();
        connection.readLine();
        connection.send("221 bye");
    }

    /** As octets, as UTF-16, and in base64 behind 0 to 2 octets of something else, without what is mixed with it. */
    private static List<String> forms(String secret) {
        List<String> forms = new ArrayList<>();
        forms.add(secret);
        forms.add(new String(secret.getBytes(UTF_16BE), ISO_8859_1));
        for (int before = 0; before < 3; before++) {
            byte[] octets = ("x".repeat(before) + secret).getBytes(ISO_8859_1);
            forms.add(Base64.getEncoder().encodeToString(octets).substring(4, 28));
        }
        return forms;
    }

    /** S-22: nothing of a password or a token, in whatever form it was sent. */
    @Test
    void s22_noSecretIsLeftInTheHeapOfAConnectedClient() throws IOException {
        assertNothingIsLeft(ServerSocketFactory.getDefault());
    }

    /** S-22: nor in front of or behind the engine that encrypts it. */
    @Test
    void s22_noSecretIsLeftInTheHeapOfAClientConnectedByTls() throws IOException {
        TestCertificates certificates = TestCertificates.shared();
        assertNothingIsLeft(
                certificates.serverContext().getServerSocketFactory(),
                Files.writeString(directory.resolve("ca.pem"), certificates.authorityPem()));
    }

    private void assertNothingIsLeft(ServerSocketFactory sockets, Path... trusted) throws IOException {
        Path dump = directory.resolve("heap.hprof");
        try (RawServer server = new RawServer(sockets, SecretsInMemoryTest::serve);
                ChildJvm child = startSecretKeeper(server.port(), dump, trusted)) {
            for (int i = 0; i < 3; i++) {
                assertThat(child.await("sent", LIMIT)).isEqualTo("true");
            }
            for (int i = 0; i < 3; i++) {
                assertThat(child.await("idle", LIMIT)).isEqualTo("1");
            }
            child.awaitEnd(LIMIT);
        }
        String heap = Files.readString(dump, ISO_8859_1);
        assertThat(heap.contains(new String(SecretKeeper.secret(SecretKeeper.HELD))))
                .as("the dump shows what is held")
                .isTrue();
        for (int number = 1; number <= 3; number++) {
            for (String form : forms(new String(SecretKeeper.secret(number)))) {
                assertThat(heap.contains(form))
                        .as("secret %d as %s", number, form)
                        .isFalse();
            }
        }
    }

    /** Buffers are on the heap as well, where the dump shows them. */
    private static ChildJvm startSecretKeeper(int port, Path dump, Path... trusted) {
        List<Object> arguments = new ArrayList<>(List.of(port, dump));
        Collections.addAll(arguments, trusted);
        return ChildJvm.start(
                SecretKeeper.class, List.of("-Xmx64m", "-Dio.netty.noPreferDirect=true"), arguments.toArray());
    }
}

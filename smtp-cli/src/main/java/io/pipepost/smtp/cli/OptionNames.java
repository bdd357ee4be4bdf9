/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** Says in the words of the command line what the library's messages say in those of Java. */
final class OptionNames {
    private static final Map<String, String> OPTIONS = new LinkedHashMap<>();

    static {
        OPTIONS.put("TlsMode.IMPLICIT", "--tls implicit");
        OPTIONS.put("TlsMode.STARTTLS", "--tls starttls");
        OPTIONS.put("TlsMode.NONE", "--tls none");
        OPTIONS.put("Security.withServerName", "--tls-name");
        OPTIONS.put("Security.trust", "--ca");
        OPTIONS.put("Security.clientCertificate", "--cert and --key");
        OPTIONS.put("Security.allowAuthWithoutTls", "--allow-plaintext-auth");
        OPTIONS.put("Credentials.password", "--password-file");
        OPTIONS.put("Credentials.token", "--token-file");
        OPTIONS.put("SmtpClient.Builder.credentials", "--user");
        OPTIONS.put("SmtpClient.Builder.mechanisms", "--auth");
        OPTIONS.put("SmtpClient.Builder.messageDeadline", "--timeout total");
        OPTIONS.put("ContentOptions.withBareNewlines", "--bare-newlines");
        // What the command line has no option for, or what cannot happen there.
        OPTIONS.put("; ContentOptions.withLongLines permits more", "");
        OPTIONS.put("; ContentOptions.withBccFields permits it", "");
        OPTIONS.put(" (PoolOptions.withQueue)", "");
        OPTIONS.put(" (PoolOptions.withAcquireTimeout)", "");
        OPTIONS.put(", which is all that Security.protocols permits", "");
    }

    private OptionNames() {}

    static String in(String message) {
        String said = message;
        for (Map.Entry<String, String> option : OPTIONS.entrySet()) {
            said = said.replace(option.getKey(), option.getValue());
        }
        return said;
    }

    /** A line of a transcript; what the server and the message say is left as it is. */
    static String inNote(String line) {
        return line.startsWith("--- ") ? in(line) : line;
    }
}

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
        OPTIONS.put("SmtpClient.Builder.credentials", "--user");
        OPTIONS.put("SmtpClient.Builder.mechanisms", "--auth");
    }

    private OptionNames() {}

    static String in(String message) {
        String said = message;
        for (Map.Entry<String, String> option : OPTIONS.entrySet()) {
            said = said.replace(option.getKey(), option.getValue());
        }
        return said;
    }
}

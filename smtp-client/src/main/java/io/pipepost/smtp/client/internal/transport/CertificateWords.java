/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.transport;

import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;

/** Why a certificate was refused, with what was found, in place of what the JDK's trust manager says. */
final class CertificateWords {
    private static final int MAX_DEPTH = 20;

    private CertificateWords() {}

    static CertificateException of(CertificateException refusal, X509Certificate certificate) {
        Throwable root = refusal;
        for (int i = 0; i < MAX_DEPTH && root.getCause() != null; i++) {
            root = root.getCause();
        }
        if (root instanceof CertificateExpiredException || root instanceof CertificateNotYetValidException) {
            return new CertificateException("A certificate is out of date (" + root.getMessage()
                    + "); the server's is valid from "
                    + time(certificate.getNotBefore().toInstant()) + " to "
                    + time(certificate.getNotAfter().toInstant()) + ", now it is " + time(Instant.now()));
        }
        if (String.valueOf(refusal.getMessage()).startsWith("PKIX path building failed")) {
            return new CertificateException("The certificate of "
                    + certificate.getSubjectX500Principal().getName() + " was issued by "
                    + certificate.getIssuerX500Principal().getName()
                    + ", which is not trusted; Security.trust says whom to trust");
        }
        return refusal;
    }

    /** Seconds suffice. */
    private static String time(Instant instant) {
        return Instant.ofEpochSecond(instant.getEpochSecond()).toString();
    }
}

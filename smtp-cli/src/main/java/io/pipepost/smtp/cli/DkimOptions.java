/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.dkim.DkimKey;
import io.pipepost.smtp.dkim.DkimSigner;
import io.pipepost.smtp.mail.ContentSigner;
import io.pipepost.smtp.protocol.DomainName;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Who signs. The value of {@code --dkim-key} is never printed: somebody may give the key in place of its file. */
final class DkimOptions {
    /** Several times the longest key in use. */
    private static final int MAX_KEY_FILE = 64 * 1024;

    @Option(
            names = "--dkim-key",
            paramLabel = "FILE",
            description = "Signs with DKIM, by this private key for RSA or Ed25519: PEM, not encrypted.")
    private @Nullable String key;

    @Option(
            names = "--dkim-selector",
            paramLabel = "S",
            description = "Which of the domain's keys it is; the public one is published at S._domainkey.D.")
    private @Nullable String selector;

    @Option(names = "--dkim-domain", paramLabel = "D", description = "The domain that signs.")
    private @Nullable String domain;

    boolean isUsed() {
        return key != null || selector != null || domain != null;
    }

    /** The signer; null if there is to be none. */
    @Nullable
    ContentSigner signer() {
        if (!isUsed()) {
            return null;
        }
        if (key == null || selector == null || domain == null) {
            String missing = key == null ? "--dkim-key" : selector == null ? "--dkim-selector" : "--dkim-domain";
            throw new UsageException(
                    missing + " is missing: --dkim-key, --dkim-selector and --dkim-domain go together");
        }
        return signer(name("--dkim-domain", domain), name("--dkim-selector", selector), read(key));
    }

    private static ContentSigner signer(String domain, String selector, String pem) {
        try {
            return DkimSigner.builder(DkimKey.ofPem(domain, selector, pem)).build();
        } catch (IllegalArgumentException e) {
            throw new UsageException("--dkim-key: " + e.getMessage());
        }
    }

    private static String name(String option, String name) {
        try {
            return DomainName.requireAscii(option, name);
        } catch (SmtpSyntaxException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }

    private static String read(String file) {
        if (file.contains("-----BEGIN")) {
            throw new UsageException("--dkim-key: expected the name of a file, found a key, which every user of this"
                    + " machine can read in the arguments");
        }
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            return new String(in.readNBytes(MAX_KEY_FILE), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UsageException("--dkim-key: cannot read the file: " + Text.reason(e));
        } catch (InvalidPathException e) {
            throw new UsageException("--dkim-key: expected the name of a file");
        }
    }
}

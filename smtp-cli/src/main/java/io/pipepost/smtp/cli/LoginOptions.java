/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Who logs in. Secrets come from files, the environment or the keyboard: arguments are there for all to see. */
final class LoginOptions {
    private static final int MAX_SECRET = 64 * 1024;

    @Option(names = "--user", paramLabel = "USER", description = "Logs in as this user.")
    private @Nullable String user;

    @Option(names = "--password-file", paramLabel = "FILE", description = "The password is this file's first line.")
    private @Nullable Path passwordFile;

    @Option(names = "--password-env", paramLabel = "NAME", description = "The password is in this variable.")
    private @Nullable String passwordEnv;

    @Option(names = "--token-file", paramLabel = "FILE", description = "An OAuth token is this file's first line.")
    private @Nullable Path tokenFile;

    @Option(
            names = "--auth",
            paramLabel = "MECH",
            description = "The only mechanism to use: PLAIN, LOGIN, CRAM-MD5, XOAUTH2 or OAUTHBEARER.")
    private @Nullable SaslMechanism mechanism;

    /** Known so that its value is not printed as that of an unknown option. */
    @Option(
            names = {"--password", "--token"},
            hidden = true,
            arity = "0..1",
            fallbackValue = "")
    private @Nullable String secretArgument;

    void apply(SmtpClient.Builder builder, CommandSpec spec, Terminal terminal, @Nullable String urlUser) {
        try {
            apply(builder, terminal, urlUser);
        } catch (UsageException | SmtpSyntaxException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()));
        }
    }

    private void apply(SmtpClient.Builder builder, Terminal terminal, @Nullable String urlUser) {
        requireNoSecretArgument(secretArgument);
        String who = user != null ? user : urlUser;
        if (user != null && urlUser != null && !user.equals(urlUser)) {
            throw new UsageException("--user and the URL of --server name different users");
        }
        if (who != null) {
            Credentials credentials = credentials(who, terminal);
            requireFit(credentials);
            builder.credentials(credentials);
        } else if (secrets() > 0 || mechanism != null) {
            throw new UsageException(
                    "--user is missing, which --auth, --password-file, --password-env and --token-file" + " need");
        }
        if (mechanism != null) {
            builder.mechanisms(mechanism);
        }
    }

    private void requireFit(Credentials credentials) {
        if (mechanism != null && !mechanism.accepts(credentials)) {
            boolean isToken = tokenFile != null;
            throw new UsageException("--auth " + mechanism.name() + " needs a " + (isToken ? "password" : "token")
                    + (isToken ? ", and --token-file gives a token" : ", which --token-file gives"));
        }
    }

    static void requireNoSecretArgument(@Nullable String secret) {
        if (secret != null) {
            throw new UsageException("--password and --token do not exist, since every user of this machine can read"
                    + " arguments: use --password-file, --password-env or --token-file");
        }
    }

    private long secrets() {
        return Stream.of(passwordFile, passwordEnv, tokenFile)
                .filter(Objects::nonNull)
                .count();
    }

    private Credentials credentials(String who, Terminal terminal) {
        if (secrets() > 1) {
            throw new UsageException("--password-file, --password-env and --token-file exclude each other");
        }
        if (tokenFile != null) {
            return Credentials.token(who, firstLine("--token-file", tokenFile));
        }
        String password = password(passwordFile, passwordEnv, terminal);
        return password == null ? prompt(who, terminal) : Credentials.password(who, password);
    }

    /** The password from a file or a variable; null if neither is named. */
    static @Nullable String password(@Nullable Path file, @Nullable String variable, Terminal terminal) {
        if (file != null) {
            return firstLine("--password-file", file);
        }
        if (variable == null) {
            return null;
        }
        String value = terminal.environment().apply(variable);
        if (value == null || value.isEmpty()) {
            throw new UsageException("--password-env: the variable " + variable + " is not set");
        }
        return value;
    }

    /** Also of what is no regular file, such as a shell's {@code <(command)}; but no more than a secret can be long. */
    private static String firstLine(String option, Path file) {
        try (InputStream in = Files.newInputStream(file);
                LineReader lines = new LineReader(new ByteArrayInputStream(in.readNBytes(MAX_SECRET)), MAX_SECRET)) {
            byte[] octets = lines.next();
            if (octets != null && octets.length == MAX_SECRET) {
                throw new UsageException(option + ": the first line of " + file + " is longer than any secret");
            }
            String line = octets == null ? "" : text(octets);
            if (line.isEmpty()) {
                throw new UsageException(option + ": the first line of " + file + " is empty");
            }
            return line;
        } catch (CharacterCodingException e) {
            throw new UsageException(option + ": the first line of " + file + " is not in UTF-8");
        } catch (IOException e) {
            throw new UsageException(option + ": cannot read the file " + file + ": " + Text.reason(e));
        }
    }

    private static String text(byte[] octets) throws CharacterCodingException {
        String line = StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(octets))
                .toString();
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }

    private static Credentials prompt(String who, Terminal terminal) {
        char[] password = terminal.console() == null ? null : terminal.console().readPassword("Password of %s: ", who);
        if (password == null) {
            throw new UsageException(
                    "--user needs --password-file, --password-env or --token-file where no terminal can ask");
        }
        return Credentials.password(who, password);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.pipepost.smtp.client.Security;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.client.TlsMode;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** How connections are protected. */
final class TlsSettings {
    private static final String WARNING = """
            WARNING: --insecure switches the check of the server's certificate off. Whoever stands in between can read
            WARNING: and change this mail, and learn the password.""";

    @Option(
            names = "--tls",
            paramLabel = "MODE",
            converter = Mode.class,
            description = "starttls (required), implicit, if-offered or none (default: starttls; implicit for port 465"
                    + " and smtps://).")
    private @Nullable TlsMode mode;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            description = "Trusts the authorities in this PEM file, and no others.")
    private @Nullable Path ca;

    @Option(
            names = "--tls-name",
            paramLabel = "NAME",
            description = "The name that the server's certificate must carry, where it is not the host of --server, as"
                    + " behind a tunnel.")
    private @Nullable String name;

    @Option(names = "--insecure", description = "Trusts any certificate. For tests only.")
    private boolean insecure;

    @Option(names = "--cert", paramLabel = "FILE", description = "Client certificate chain, PEM; needs --key.")
    private @Nullable Path certificate;

    @Option(names = "--key", paramLabel = "FILE", description = "Key of the client certificate, PKCS#8 PEM.")
    private @Nullable Path key;

    @Option(
            names = "--allow-plaintext-auth",
            description = "Permits to log in without TLS, where others can read the password.")
    private boolean plaintextAuth;

    /** Reads {@code if-offered} and the like. */
    static final class Mode implements picocli.CommandLine.ITypeConverter<TlsMode> {
        @Override
        public TlsMode convert(String value) {
            return switch (value.toLowerCase(Locale.ROOT)) {
                case "starttls" -> TlsMode.STARTTLS;
                case "implicit" -> TlsMode.IMPLICIT;
                case "if-offered" -> TlsMode.IF_OFFERED;
                case "none" -> TlsMode.NONE;
                default ->
                    throw new TypeConversionException(
                            "expected starttls, implicit, if-offered or none, found '" + value + "'");
            };
        }
    }

    /** How connections to a server are protected; {@link #check} comes first. */
    Security security(ServerAddress server) {
        Security security = Security.of(mode(server));
        if (ca != null) {
            security = security.trust(ca);
        }
        if (certificate != null && key != null) {
            security = security.clientCertificate(certificate, key);
        }
        if (plaintextAuth) {
            security = security.allowAuthWithoutTls();
        }
        if (name != null) {
            security = security.withServerName(name);
        }
        return insecure ? security.trustAnythingInsecurely() : security;
    }

    private TlsMode mode(ServerAddress server) {
        if (mode != null) {
            return mode;
        }
        return server.implicitTls() ? TlsMode.IMPLICIT : TlsMode.STARTTLS;
    }

    /** Says what is wrong with the options, and warns of what is dangerous. */
    void check(CommandSpec spec, Terminal terminal, List<ServerAddress> servers) {
        requireReadable(spec, "--ca", ca);
        requireReadable(spec, "--cert", certificate);
        requireReadable(spec, "--key", key);
        String contradiction = contradiction(servers);
        if (contradiction != null) {
            throw new ParameterException(spec.commandLine(), contradiction);
        }
        try {
            Security.of(TlsMode.STARTTLS).withServerName(name == null ? "localhost" : name);
        } catch (SmtpSyntaxException e) {
            throw new ParameterException(spec.commandLine(), "--tls-name: " + e.getMessage());
        }
        if (insecure) {
            terminal.err().println(WARNING);
        }
        if (mode == TlsMode.NONE && (ca != null || certificate != null)) {
            terminal.err()
                    .println("warning: " + (ca != null ? "--ca" : "--cert")
                            + " is not used: with --tls none there are no certificates");
        }
    }

    private @Nullable String contradiction(List<ServerAddress> servers) {
        if ((certificate == null) != (key == null)) {
            return "--cert and --key go together";
        }
        if (ca != null && insecure) {
            return "--ca and --insecure exclude each other: only one of them can decide whom to trust";
        }
        for (ServerAddress server : servers) {
            if (server.smtps() && mode != null && mode != TlsMode.IMPLICIT) {
                return "--server smtps://" + server + " and --tls "
                        + mode.name().toLowerCase(Locale.ROOT).replace('_', '-')
                        + " exclude each other: smtps:// means --tls implicit; say smtp:// or HOST:PORT for another";
            }
        }
        return null;
    }

    private static void requireReadable(CommandSpec spec, String option, @Nullable Path file) {
        if (file == null) {
            return;
        }
        try {
            InputFiles.open(file).close();
        } catch (IOException e) {
            throw new ParameterException(
                    spec.commandLine(), option + ": cannot read the file " + file + ": " + Text.reason(e));
        }
    }

    /** The files' content is looked at when the client is built. */
    SmtpClient build(SmtpClient.Builder builder, CommandSpec spec) {
        try {
            return builder.build();
        } catch (IllegalArgumentException e) {
            String message = String.valueOf(e.getMessage());
            boolean aboutCa = certificate == null || (ca != null && message.contains(ca.toString()));
            throw new ParameterException(spec.commandLine(), (aboutCa ? "--ca: " : "--cert and --key: ") + message, e);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import io.netty.util.NetUtil;
import io.pipepost.smtp.client.auth.SaslMechanism;
import io.pipepost.smtp.mail.Phase;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the values of options. */
final class Converters {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");
    private static final Duration LONGEST = Duration.ofDays(365);

    /** The phases in which something is waited for. */
    private static final Set<Phase> TIMED = EnumSet.complementOf(EnumSet.of(Phase.ARGUMENT, Phase.QUEUE, Phase.IDLE));

    private Converters() {}

    static void register(CommandLine line) {
        line.registerConverter(Duration.class, Converters::duration);
        line.registerConverter(TimeoutName.class, Converters::timeout);
        line.registerConverter(io.pipepost.smtp.testing.Phase.class, Converters::sinkPhase);
        line.registerConverter(SaslMechanism.class, Converters::mechanism);
        line.registerConverter(InetAddress.class, Converters::address);
        line.registerConverter(Path.class, Converters::path);
        line.registerConverter(ServerAddress.class, new ServerAddress.Converter());
    }

    static Duration duration(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new TypeConversionException("expected a duration such as 500ms, 10s, 5m or 1h, found '" + text + "'");
        }
        long number = Long.parseLong(matcher.group(1));
        Duration duration = switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            default -> Duration.ofHours(number);
        };
        if (duration.compareTo(LONGEST) > 0) {
            throw new TypeConversionException(
                    "expected at most a year, " + LONGEST.toHours() + "h, found '" + text + "'");
        }
        return duration;
    }

    /** Nothing, as a variable of a shell that is not set, would be the working directory. */
    static Path path(String text) {
        if (text.isEmpty()) {
            throw new TypeConversionException("expected the name of a file or directory, found nothing");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("expected the name of a file or directory, found '" + text + "'");
        }
    }

    /** Reads the keyword of an extension (RFC 5321 section 4.1.1.1). */
    static final class Keyword implements ITypeConverter<String> {
        private static final Pattern KEYWORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]*");

        @Override
        public String convert(String text) {
            if (!KEYWORD.matcher(text).matches()) {
                throw new TypeConversionException(
                        "expected the keyword of one extension, such as CHUNKING, found '" + text + "'");
            }
            return text;
        }
    }

    private static TimeoutName timeout(String text) {
        return text.equalsIgnoreCase("total")
                ? TimeoutName.TOTAL
                : new TimeoutName(named(TIMED.toArray(Phase[]::new), text, "phase"));
    }

    static io.pipepost.smtp.testing.Phase sinkPhase(String text) {
        return named(io.pipepost.smtp.testing.Phase.values(), text, "phase");
    }

    private static <E extends Enum<E>> E named(E[] values, String text, String what) {
        for (E value : values) {
            if (kebab(value).equalsIgnoreCase(text)) {
                return value;
            }
        }
        throw new TypeConversionException("unknown %s '%s', expected one of %s"
                .formatted(
                        what, text, Arrays.stream(values).map(Converters::kebab).collect(Collectors.joining(", "))));
    }

    private static String kebab(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static SaslMechanism mechanism(String text) {
        return SaslMechanism.DEFAULTS.stream()
                .filter(mechanism -> mechanism.name().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException("unknown mechanism '%s', expected one of %s"
                        .formatted(
                                text,
                                SaslMechanism.DEFAULTS.stream()
                                        .map(SaslMechanism::name)
                                        .collect(Collectors.joining(", ")))));
    }

    /** Addresses only: a name would be looked up. */
    private static InetAddress address(String text) {
        byte[] octets = NetUtil.createByteArrayFromIpAddressString(text);
        if (octets == null) {
            throw new TypeConversionException("expected an IP address, found '" + text + "'");
        }
        try {
            return InetAddress.getByAddress(octets);
        } catch (UnknownHostException e) {
            throw new TypeConversionException("expected an IP address, found '" + text + "'");
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Java decodes arguments by the charset of the locale, and what that does not have becomes U+FFFD: in the locale C
 * everything beyond ASCII. Such an argument must not be sent, nor taken for the name of a file. The same charset decides
 * which names of files there can be.
 */
final class ArgumentCharset {
    private static final char REPLACEMENT = '\uFFFD';

    private ArgumentCharset() {}

    /** One sentence about the first argument that was not decoded, without its value; null if there is none. */
    static @Nullable String fault(String... args) {
        for (int i = 0; i < args.length; i++) {
            if (args[i].indexOf(REPLACEMENT) >= 0) {
                return fault(option(args, i));
            }
        }
        return null;
    }

    private static String fault(String option) {
        return option + ": found something that is no text in " + name();
    }

    /** The charset for people, and what helps if it is a small one. */
    static String name() {
        String charset = System.getProperty("sun.jnu.encoding", "unknown");
        String remedy = charset.equals("UTF-8") ? "" : "; set LC_ALL=C.UTF-8, or another locale with UTF-8";
        return "the locale's charset, " + charset + remedy;
    }

    /** Whether a file's name survives becoming text and a file's name again. */
    static boolean isText(Path name) {
        try {
            return Path.of(name.toString()).equals(name);
        } catch (InvalidPathException e) {
            return false;
        }
    }

    private static String option(String[] args, int i) {
        if (args[i].startsWith("--") && args[i].indexOf('=') > 0) {
            String name = args[i].substring(0, args[i].indexOf('='));
            return name.indexOf(REPLACEMENT) < 0 ? name : "argument " + (i + 1);
        }
        boolean hasOption = i > 0 && args[i - 1].startsWith("--") && args[i - 1].indexOf('=') < 0;
        return hasOption ? args[i - 1] : "argument " + (i + 1);
    }
}

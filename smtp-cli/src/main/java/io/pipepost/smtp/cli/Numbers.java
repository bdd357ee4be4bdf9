/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Bounds of numbers in options. */
final class Numbers {
    private Numbers() {}

    /** A number outside of its bounds is a usage error that says what was found and what is possible. */
    static void require(CommandSpec spec, String option, long value, long least, long most) {
        if (value < least || value > most) {
            throw new ParameterException(
                    spec.commandLine(),
                    String.format(Locale.ROOT, "%s: expected %s, found %d", option, bounds(least, most), value));
        }
    }

    private static String bounds(long least, long most) {
        return most == Long.MAX_VALUE || most == Integer.MAX_VALUE ? "at least " + least : least + " to " + most;
    }
}

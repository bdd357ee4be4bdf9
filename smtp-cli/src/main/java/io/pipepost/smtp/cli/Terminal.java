/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli;

import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What the program knows of its surroundings, so that tests can bring theirs.
 *
 * @param out results
 * @param err text for people
 * @param in content, for {@code --data -} and the like
 * @param environment looks up a variable
 * @param console null if standard input or output is no terminal
 */
record Terminal(
        PrintStream out,
        PrintStream err,
        InputStream in,
        UnaryOperator<@Nullable String> environment,
        @Nullable Console console) {

    /** The process's own; text is UTF-8 whatever the locale says, since JSON has to be. */
    static Terminal system() {
        return new Terminal(
                utf8(FileDescriptor.out), utf8(FileDescriptor.err), System.in, System::getenv, systemConsole());
    }

    private static PrintStream utf8(FileDescriptor descriptor) {
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }

    /** From JDK 22 on there may be a console without a terminal, and a method that tells. */
    @SuppressWarnings("SystemConsoleNull") // the method asked for below is what tells there
    private static @Nullable Console systemConsole() {
        Console console = System.console();
        if (console == null) {
            return null;
        }
        try {
            Method isTerminal = Console.class.getMethod("isTerminal");
            return Boolean.TRUE.equals(isTerminal.invoke(console)) ? console : null;
        } catch (ReflectiveOperationException e) {
            return console;
        }
    }
}

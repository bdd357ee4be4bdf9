/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The library on the module path, with Jakarta Mail and without it. */
class ModulesTest {
    private static final Pattern NEEDED = Pattern.compile("smtp-(mail|codec|client)[/-].*|netty-.*|slf4j-api.*");
    private static final Pattern WITH_MAIL = Pattern.compile(NEEDED + "|jakarta\\.(mail|activation)-api.*|angus-.*");

    private static ClassLoader layer(Pattern wanted, String... roots) {
        List<Path> path = Arrays.stream(
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                                .split(File.pathSeparator))
                .map(Path::of)
                .filter(entry -> wanted.matcher(nameOf(entry)).matches())
                .filter(entry ->
                        !entry.endsWith("test-classes") && !entry.toString().contains("linux-x86_64"))
                .toList();
        Configuration modules = ModuleLayer.boot()
                .configuration()
                .resolveAndBind(ModuleFinder.of(path.toArray(new Path[0])), ModuleFinder.of(), Set.of(roots));
        return ModuleLayer.boot()
                .defineModulesWithOneLoader(modules, ClassLoader.getPlatformClassLoader())
                .findLoader("io.pipepost.smtp.client");
    }

    /** A jar's file name; of classes that are not packed yet, the module's directory. */
    private static String nameOf(Path entry) {
        return entry.endsWith("classes")
                ? entry.getParent().getParent().getFileName() + "/classes"
                : entry.getFileName().toString();
    }

    @Test
    void withoutJakartaMailTheClientWorks() throws Exception {
        ClassLoader loader = layer(NEEDED, "io.pipepost.smtp.client");
        Class<?> client = loader.loadClass("io.pipepost.smtp.client.SmtpClient");
        assertThat(client.getModule().isNamed()).isTrue();
        Object builder = client.getMethod("builder", String.class, int.class).invoke(null, "localhost", 25);
        try (AutoCloseable built =
                (AutoCloseable) builder.getClass().getMethod("build").invoke(builder)) {
            assertThat(built).isNotNull();
        }
        assertThatThrownBy(() -> loader.loadClass("jakarta.mail.Session")).isInstanceOf(ClassNotFoundException.class);
    }

    @Test
    void withJakartaMailTheProtocolsAreThere() throws Exception {
        ClassLoader loader = layer(WITH_MAIL, "io.pipepost.smtp.client", "jakarta.mail", "org.eclipse.angus.mail");
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(loader);
        try {
            Class<?> session = loader.loadClass("jakarta.mail.Session");
            assertThat(session.getModule().getName()).isEqualTo("jakarta.mail");
            Object made = session.getMethod("getInstance", Properties.class).invoke(null, new Properties());
            for (String protocol : List.of("pipepost", "pipeposts")) {
                Object transport =
                        session.getMethod("getTransport", String.class).invoke(made, protocol);
                assertThat(transport.getClass().getModule().getName()).isEqualTo("io.pipepost.smtp.client");
            }
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The library on the module path, each module with what it needs and no more, and under a container. */
class ModulesTest {
    private static final Pattern MAIL = Pattern.compile("smtp-mail[/-].*|slf4j-api.*");
    private static final Pattern CLIENT = Pattern.compile(MAIL + "|smtp-(codec|client)[/-].*|netty-.*");
    private static final Pattern JAKARTA =
            Pattern.compile(CLIENT + "|smtp-jakarta[/-].*|jakarta\\.(mail|activation)-api.*|angus-.*");
    private static final Pattern CONTAINER = Pattern.compile("jakarta\\.(mail|activation)-api.*|angus-.*");

    private static List<Path> entries(Pattern wanted) {
        return Arrays.stream(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                        .split(File.pathSeparator))
                .map(Path::of)
                .filter(entry -> wanted.matcher(nameOf(entry)).matches())
                .filter(entry ->
                        !entry.endsWith("test-classes") && !entry.toString().contains("linux-x86_64"))
                .toList();
    }

    private static ModuleLayer layer(Pattern wanted, String... roots) {
        Configuration modules = ModuleLayer.boot()
                .configuration()
                .resolveAndBind(
                        ModuleFinder.of(entries(wanted).toArray(new Path[0])), ModuleFinder.of(), Set.of(roots));
        return ModuleLayer.boot().defineModulesWithOneLoader(modules, ClassLoader.getPlatformClassLoader());
    }

    private static URLClassLoader loader(Pattern wanted, ClassLoader parent) throws IOException {
        List<URL> urls = new ArrayList<>();
        for (Path entry : entries(wanted)) {
            urls.add(entry.toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(new URL[0]), parent);
    }

    private static Class<?> load(ModuleLayer layer, String module, String name) throws ClassNotFoundException {
        return layer.findLoader(module).loadClass(name);
    }

    /** A jar's file name; of classes that are not packed yet, the module's directory. */
    private static String nameOf(Path entry) {
        return entry.endsWith("classes")
                ? entry.getParent().getParent().getFileName() + "/classes"
                : entry.getFileName().toString();
    }

    @Test
    void composesWithoutNetty() throws Exception {
        ModuleLayer layer = layer(MAIL, "io.pipepost.smtp.mail");
        assertThat(layer.modules())
                .extracting(Module::getName)
                .containsExactlyInAnyOrder("io.pipepost.smtp.mail", "org.slf4j");
        Class<?> mail = load(layer, "io.pipepost.smtp.mail", "io.pipepost.smtp.mime.MailMessage");
        Object builder = mail.getMethod("builder").invoke(null);
        Class<?> type = builder.getClass();
        type.getMethod("from", String[].class).invoke(builder, (Object) new String[] {"a@a.test"});
        type.getMethod("to", String[].class).invoke(builder, (Object) new String[] {"b@b.test"});
        type.getMethod("text", String.class).invoke(builder, "Hello.");
        assertThat(type.getMethod("build").invoke(builder)).isInstanceOf(mail);
    }

    @Test
    void connectsWithoutJakartaMail() throws Exception {
        ModuleLayer layer = layer(CLIENT, "io.pipepost.smtp.client");
        Class<?> client = load(layer, "io.pipepost.smtp.client", "io.pipepost.smtp.client.SmtpClient");
        Object builder = client.getMethod("builder", String.class, int.class).invoke(null, "localhost", 25);
        try (AutoCloseable built =
                (AutoCloseable) builder.getClass().getMethod("build").invoke(builder)) {
            assertThat(built).isNotNull();
        }
        assertThat(layer.findModule("jakarta.mail")).isEmpty();
    }

    @Test
    void jakartaMailFindsTheProtocols() throws Exception {
        ModuleLayer layer = layer(JAKARTA, "io.pipepost.smtp.jakarta", "org.eclipse.angus.mail");
        Class<?> session = load(layer, "jakarta.mail", "jakarta.mail.Session");
        assertThat(transports(session, session.getClassLoader()))
                .extracting(each -> each.getClass().getModule().getName())
                .containsExactly("io.pipepost.smtp.jakarta", "io.pipepost.smtp.jakarta");
    }

    /** Transports of both protocols, for a thread of a program that the loader loads. */
    private static List<Object> transports(Class<?> session, ClassLoader program) throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(program);
        try {
            Object made = session.getMethod("getInstance", Properties.class).invoke(null, new Properties());
            Method transport = session.getMethod("getTransport", String.class);
            return List.of(transport.invoke(made, "pipepost"), transport.invoke(made, "pipeposts"));
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** Jakarta Mail looks for services where it was loaded itself, but for files where the program was. */
    @Test
    void jakartaMailOfAContainerFindsTheProtocolsOfAProgram() throws Exception {
        try (URLClassLoader container = loader(CONTAINER, ClassLoader.getPlatformClassLoader());
                URLClassLoader program = loader(JAKARTA, container)) {
            assertThat(transports(container.loadClass("jakarta.mail.Session"), program))
                    .extracting(each -> each.getClass().getClassLoader())
                    .containsExactly(program, program);
        }
    }

    /** What is provided is found without the files that the class path needs. */
    @Test
    void theProvidersAreServices() throws Exception {
        ModuleLayer layer = layer(JAKARTA, "io.pipepost.smtp.jakarta");
        Class<?> provider = load(layer, "jakarta.mail", "jakarta.mail.Provider");
        assertThat(ServiceLoader.load(layer, provider))
                .extracting(each -> each.getClass().getSimpleName())
                .contains("PipepostProvider", "PipepostSslProvider");
    }
}

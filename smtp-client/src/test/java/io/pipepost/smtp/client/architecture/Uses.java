/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import io.pipepost.smtp.client.SmtpClient;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.Message;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Which rooms and modules use which: what the classes and the poms say, and what the picture says of it. */
final class Uses {
    /** The classes of the modules whose packages are drawn one by one. */
    static final JavaClasses CLASSES = new ClassFileImporter()
            .importLocations(Stream.of(SmtpClient.class, ReplyDecoder.class, Message.class)
                    .map(Uses::location)
                    .toList());

    private static final Pattern DEPENDENCY = Pattern.compile("<dependency>(.*?)</dependency>", Pattern.DOTALL);

    /** That one uses the other. */
    record Use(Box from, Box to) implements Comparable<Use> {
        @Override
        public int compareTo(Use other) {
            return toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            return from + " -> " + to;
        }
    }

    private Uses() {}

    /** In a build that goes to its end, the other modules are jars. */
    private static Location location(Class<?> type) {
        try {
            String found =
                    type.getProtectionDomain().getCodeSource().getLocation().toString();
            return Location.of(new URI(found.endsWith(".jar") ? "jar:" + found + "!/" : found));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    static Stream<JavaClass> classesOf(Room room) {
        return CLASSES.stream().filter(each -> each.getPackageName().equals(room.packageName()));
    }

    /** Between packages of one module; those between modules are the modules'. */
    static Set<Use> ofRooms() {
        Set<Use> uses = new TreeSet<>();
        for (Room from : Room.values()) {
            Set<String> used = classesOf(from)
                    .flatMap(each -> each.getDirectDependenciesFromSelf().stream())
                    .map(each -> each.getTargetClass().getBaseComponentType().getPackageName())
                    .collect(Collectors.toSet());
            Stream.of(Room.values())
                    .filter(to -> to != from && to.module() == from.module())
                    .filter(to -> used.contains(to.packageName()))
                    .forEach(to -> uses.add(new Use(from, to)));
        }
        return uses;
    }

    static Set<Use> ofModules() throws IOException {
        Set<Use> uses = new TreeSet<>();
        for (Module from : Module.values()) {
            String pom =
                    Files.readString(PackagePurpose.sources(from.artifact()).resolve("../../../pom.xml"));
            Matcher each = DEPENDENCY.matcher(pom);
            while (each.find()) {
                String dependency = each.group(1);
                Stream.of(Module.values())
                        .filter(to -> !dependency.contains("<scope>test</scope>"))
                        .filter(to -> dependency.contains("<artifactId>" + to.artifact() + "</artifactId>"))
                        .forEach(to -> uses.add(new Use(from, to)));
            }
        }
        return uses;
    }

    static Set<Use> drawn(List<Arrow> arrows) {
        return arrows.stream()
                .map(each -> new Use(each.from(), each.to()))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Whether a way along these leads from one to the other. */
    static boolean leads(Set<Use> uses, Box from, Box to) {
        return uses.stream()
                .filter(each -> each.from() == from)
                .anyMatch(each -> each.to() == to || leads(uses, each.to(), to));
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import io.pipepost.smtp.client.architecture.Uses.Use;
import io.pipepost.smtp.client.internal.border.EventLoopConfined;
import java.awt.Point;
import java.awt.Rectangle;
import java.awt.geom.Line2D;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code docs/architecture.svg} shows what there is, all of it, and so that it can be read. */
class ArchitecturePictureTest {
    private static final Path PICTURE = Path.of("../docs/architecture.svg");

    /** Write it anew with {@code -Dpipepost.docs=write}. */
    @Test
    void thePictureIsWhatItsSourceGives() throws IOException {
        if ("write".equals(System.getProperty("pipepost.docs"))) {
            Files.writeString(PICTURE, ArchitecturePicture.text());
        }
        assertThat(Files.readString(PICTURE)).isEqualTo(ArchitecturePicture.text());
    }

    // ---- what there is

    @Test
    void everyModuleIsThere() throws IOException {
        Matcher module = Pattern.compile("<module>(smtp-.*)</module>").matcher(Files.readString(Path.of("../pom.xml")));
        Set<String> modules = new TreeSet<>();
        while (module.find()) {
            modules.add(module.group(1));
        }
        assertThat(Stream.of(Module.values()).map(Module::artifact)).containsExactlyInAnyOrderElementsOf(modules);
    }

    @Test
    void everyPackageIsThere() throws IOException {
        for (Module module : Module.values()) {
            Path sources = PackagePurpose.sources(module.artifact());
            Set<String> packages;
            try (Stream<Path> files = Files.walk(sources)) {
                packages = files.filter(file -> file.endsWith("package-info.java"))
                        .map(file -> sources.relativize(file).getParent())
                        .map(folder -> folder.toString().replace('/', '.').replace('\\', '.'))
                        .filter(name -> !isDrawnWithItsParent(name))
                        .collect(Collectors.toSet());
            }
            assertThat(Stream.of(Room.values())
                            .filter(room -> room.module() == module)
                            .map(Room::packageName))
                    .containsExactlyInAnyOrderElementsOf(packages);
        }
    }

    private static boolean isDrawnWithItsParent(String name) {
        return Stream.of(Room.values())
                .anyMatch(room -> room.standsForSubpackages() && name.startsWith(room.packageName() + "."));
    }

    @Test
    void everyArrowBetweenPackagesIsAUse() {
        assertThat(Uses.ofRooms()).containsAll(Uses.drawn(Arrow.ROOMS));
    }

    /** By an arrow, or along several. */
    @Test
    void everyUseOfAPackageIsDrawn() {
        Set<Use> drawn = Uses.drawn(Arrow.ROOMS);
        assertThat(Uses.ofRooms().stream()
                        .filter(use -> !((Room) use.to()).isForAll())
                        .filter(use -> !Uses.leads(drawn, use.from(), use.to())))
                .isEmpty();
    }

    /** What of {@code client} the internals may use is {@code ArchitectureTest}'s. */
    @Test
    void nothingUsesWhatStandsAboveIt() {
        assertThat(Uses.ofRooms().stream()
                        .filter(use -> use.to() != Room.CLIENT && use.to() != Room.AUTH)
                        .filter(use -> use.from().y() >= use.to().y()))
                .isEmpty();
    }

    @Test
    void theModulesArrowsAreThoseOfTheirPoms() throws IOException {
        Set<Use> drawn = Uses.drawn(Arrow.MODULES);
        Set<Use> uses = Uses.ofModules();
        assertThat(uses).containsAll(drawn);
        assertThat(uses.stream().filter(use -> !Uses.leads(drawn, use.from(), use.to())))
                .isEmpty();
        assertThat(uses).allMatch(use -> use.from().y() < use.to().y());
    }

    // ---- threads

    @Test
    void roomsOnTheEventLoopAreThoseWithWhatIsConfinedToIt() {
        Set<Room> confined = Stream.of(Room.values())
                .filter(room ->
                        Uses.classesOf(room).anyMatch(each -> each.isAnnotatedWith(EventLoopConfined.class.getName())))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(Stream.of(Room.values()).filter(room -> room.lane() == Lane.LOOP))
                .containsAll(confined)
                // Handlers of Netty's; public types that the event loop calls; and what is confined once it has begun.
                .containsExactlyInAnyOrderElementsOf(with(confined, Room.CODEC, Room.AUTH, Room.TRANSPORT));
    }

    private static Set<Room> with(Set<Room> rooms, Room... more) {
        Set<Room> all = new TreeSet<>(rooms);
        all.addAll(Arrays.asList(more));
        return all;
    }

    @Test
    void roomsUnderThePoolsLockSaySo() throws IOException {
        for (Room room : Room.values()) {
            if (room.lane() == Lane.LOCK) {
                assertThat(sources(room)).contains("uarded by the pool's lock");
            }
        }
    }

    private static String sources(Room room) throws IOException {
        StringBuilder text = new StringBuilder();
        Path folder = PackagePurpose.file(room.module().artifact(), room.packageName())
                .getParent();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(each -> each.toString().endsWith(".java")).toList()) {
                text.append(Files.readString(file));
            }
        }
        return text.toString();
    }

    @Test
    void roomsThatNoteTheBlockingExecutorUseOne() {
        assertThat(Stream.of(Room.values())
                        .filter(room -> room.notes().toString().contains("blocking executor")))
                .isNotEmpty()
                .allMatch(room -> Uses.classesOf(room).anyMatch(ArchitecturePictureTest::usesAnExecutor));
    }

    private static boolean usesAnExecutor(JavaClass type) {
        return type.getDirectDependenciesFromSelf().stream()
                .anyMatch(use -> use.getTargetClass().getName().equals("java.util.concurrent.Executor"));
    }

    // ---- whether it can be read

    @Test
    void everythingHasItsPlace() {
        List<Box> standing = new ArrayList<>(List.of(Room.values()));
        standing.addAll(List.of(Caption.values()));
        for (Box box : standing) {
            assertThat(standing.stream().filter(other -> other != box && other.overlaps(box)))
                    .as("what lies over " + box)
                    .isEmpty();
        }
        for (Room room : Room.values()) {
            assertThat(room.module().contains(room)).as(room + " in its module").isTrue();
            assertThat(room.module() != Module.CLIENT
                            || room.lane() == Lane.ANY
                            || room.lane().contains(room))
                    .as(room + " in its lane")
                    .isTrue();
        }
        assertThat(Stream.of(Module.values())
                        .allMatch(each ->
                                each.right() < ArchitecturePicture.WIDTH && each.bottom() < ArchitecturePicture.HEIGHT))
                .isTrue();
    }

    @Test
    void everyTextFits() {
        for (Room room : Room.values()) {
            int title = room.width() - 2 * Room.INSET - (room.step() > 0 ? 20 : 0);
            assertThat(Letters.width(room.title(), 13)).isLessThan(title);
            assertThat(Stream.concat(room.purpose().stream(), room.notes().stream()))
                    .allMatch(line -> Letters.width(line, Letters.SIZE) <= room.width() - 2 * Room.INSET);
        }
        for (Lane lane : List.of(Lane.CALLER, Lane.LOCK, Lane.LOOP)) {
            assertThat(Letters.width(lane.title(), 12.5)).isLessThan(lane.width());
            assertThat(Letters.width(lane.note(), Letters.SIZE)).isLessThan(lane.width());
        }
        for (Caption caption : Caption.values()) {
            assertThat(caption.lines()).allMatch(line -> Letters.width(line, Letters.SIZE) <= caption.width());
        }
    }

    /** Arrows end where they seem to, point down or to the side, and run through no text. */
    @Test
    void everyArrowCanBeFollowed() {
        List<Arrow> arrows = new ArrayList<>(Arrow.ROOMS);
        arrows.addAll(Arrow.MODULES);
        for (Arrow arrow : arrows) {
            List<Point> points = arrow.points();
            assertThat(isOnEdge(arrow.from(), points.get(0)))
                    .as("begin of " + arrow)
                    .isTrue();
            assertThat(isOnEdge(arrow.to(), points.get(points.size() - 1)))
                    .as("end of " + arrow)
                    .isTrue();
            for (int i = 1; i < points.size(); i++) {
                Line2D line = new Line2D.Double(points.get(i - 1), points.get(i));
                assertThat(line.getX1() == line.getX2() || line.getY1() == line.getY2())
                        .as("slope of " + arrow)
                        .isTrue();
                assertThat(line.getY2()).as("direction of " + arrow).isGreaterThanOrEqualTo(line.getY1());
                assertThat(Stream.concat(Stream.of(Room.values()), Stream.of(Caption.values()))
                                .filter(box -> line.intersects(inside((Box) box))))
                        .as("what " + arrow + " runs through")
                        .isEmpty();
            }
        }
    }

    private static boolean isOnEdge(Box box, Point point) {
        boolean level = point.x == box.x() || point.x == box.right();
        boolean upright = point.y == box.y() || point.y == box.bottom();
        return (level && point.y >= box.y() + 8 && point.y <= box.bottom() - 8)
                || (upright && point.x >= box.x() + 8 && point.x <= box.right() - 8);
    }

    private static Rectangle inside(Box box) {
        return new Rectangle(box.x() + 1, box.y() + 1, box.width() - 2, box.height() - 2);
    }
}

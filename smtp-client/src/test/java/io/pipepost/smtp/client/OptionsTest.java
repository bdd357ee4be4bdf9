/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pipepost.smtp.client.auth.Credentials;
import io.pipepost.smtp.codec.ReplyDecoder;
import io.pipepost.smtp.mail.RecipientPolicy;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What all classes of options have in common; a new option that is not in the table fails. */
class OptionsTest {
    private static final Duration TIME = Duration.ofSeconds(31);
    private static final PoolOptions POOL = PoolOptions.DEFAULT;
    private static final GrowthOptions GROWTH = GrowthOptions.DEFAULT;
    private static final FlightOptions FLIGHT = FlightOptions.DEFAULT;
    private static final ContentOptions CONTENT = ContentOptions.DEFAULT;
    private static final SendOptions SEND = SendOptions.DEFAULT;
    private static final Relay RELAY = Relay.of("mx.test", 587);
    private static final ReplyDecoder.Limits LIMITS = ReplyDecoder.Limits.DEFAULT;

    /** Options, a changed copy, and what is different there. */
    static Stream<Arguments> changes() {
        return Stream.of(
                change(POOL, POOL.withMaxConnections(9), "maxConnections"),
                change(POOL, POOL.withQueue(3, PoolOptions.WhenFull.WAIT), "maxQueued", "whenFull"),
                change(POOL, POOL.withAcquireTimeout(TIME), "acquireTimeout"),
                change(POOL, POOL.withIdleTime(TIME), "idleTime"),
                change(POOL, POOL.withMaxAge(TIME), "maxAge"),
                change(POOL, POOL.withMaxMessagesPerConnection(9), "maxMessagesPerConnection"),
                change(POOL, POOL.withMaxRecipients(9), "maxRecipients"),
                change(POOL, POOL.withGrowth(GROWTH.withMinConnections(1)), "growth"),
                change(GROWTH, GROWTH.withMinConnections(1), "minConnections"),
                change(GROWTH, GROWTH.withOpening(9, 10), "maxOpening", "opensPerSecond"),
                change(GROWTH, GROWTH.withBackOff(TIME, TIME), "firstBackOff", "maxBackOff"),
                change(GROWTH, GROWTH.withLoweredFor(TIME), "loweredFor"),
                change(GROWTH, GROWTH.withMemory(TIME), "memory"),
                change(FLIGHT, FLIGHT.withPipelining(false), "pipelining"),
                change(FLIGHT, FLIGHT.withChunking(false), "chunking"),
                change(FLIGHT, FLIGHT.withMaxFlightOctets(9), "maxFlightOctets"),
                change(FLIGHT, FLIGHT.withHoldContentAfterIdle(TIME), "holdContentAfterIdle"),
                change(FLIGHT, FLIGHT.withTransactionsInFlight(9), "transactionsInFlight"),
                change(FLIGHT, FLIGHT.withOctetsInFlight(9), "octetsInFlight"),
                change(FLIGHT, FLIGHT.withChunkOctets(65_536), "chunkOctets"),
                change(FLIGHT, FLIGHT.withProof(false), "proof"),
                change(CONTENT, CONTENT.withBareNewlines(ContentOptions.BareNewlines.REJECT), "bareNewlines"),
                change(CONTENT, CONTENT.withLongLines(true), "longLines"),
                change(CONTENT, CONTENT.withBccFields(ContentOptions.BccFields.REJECT), "bccFields"),
                change(SEND, SEND.withDeadline(TIME), "deadline"),
                change(SEND, SEND.withRecipientPolicy(RecipientPolicy.ALL), "recipientPolicy"),
                change(SEND, SEND.withTag("July"), "tag"),
                change(SEND, SEND.withPriority(Priority.HIGH), "priority"),
                change(RELAY, Relay.of("other.test", 587), "host"),
                change(RELAY, Relay.of("mx.test", 25), "port"),
                change(RELAY, RELAY.withPriority(9), "priority"),
                change(RELAY, RELAY.withWeight(9), "weight"),
                change(RELAY, RELAY.withMaxConnections(9), "maxConnections"),
                change(RELAY, RELAY.withSecurity(Security.of(TlsMode.NONE)), "security"),
                change(RELAY, RELAY.withCredentials(Credentials.password("tim", "secret")), "credentials"),
                change(RELAY, RELAY.withEhloName("client.test"), "ehloName"),
                change(RELAY, RELAY.withTrust(Trust.TRAIN), "trust"),
                change(LIMITS, LIMITS.withMaxLineOctets(999), "maxLineOctets"),
                change(LIMITS, LIMITS.withMaxReply(99_999, 9), "maxReplyOctets", "maxReplyLines"),
                change(LIMITS, LIMITS.withStrictLineEnds(true), "strictLineEnds"));
    }

    private static Arguments change(Object options, Object changed, String... what) {
        return Arguments.of(options, changed, Set.of(what));
    }

    @ParameterizedTest(name = "{1}: {2}")
    @MethodSource("changes")
    void aCopyDiffersInWhatWasChanged(Object options, Object changed, Set<String> what) {
        assertThat(accessors(options).filter(each -> !Objects.equals(get(each, options), get(each, changed))))
                .extracting(Method::getName)
                .containsExactlyInAnyOrderElementsOf(what);
        assertThat(changed).isNotEqualTo(options).isEqualTo(changed).isNotEqualTo("x");
        if (!(options instanceof Relay)) {
            assertThat(changed.toString())
                    .startsWith(options.getClass().getSimpleName() + "[")
                    .isNotEqualTo(options.toString());
            accessors(options).forEach(each -> assertThat(changed.toString()).contains(each.getName() + "="));
        }
    }

    @Test
    void allOptionsAreInTheTable() {
        Set<String> missing = changes()
                .map(row -> row.get()[0])
                .flatMap(OptionsTest::accessors)
                .map(OptionsTest::name)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(missing).hasSizeGreaterThan(40);
        changes()
                .forEach(row -> accessors(row.get()[0])
                        .filter(each -> ((Set<?>) row.get()[2]).contains(each.getName()))
                        .map(OptionsTest::name)
                        .forEach(missing::remove));
        assertThat(missing).isEmpty();
    }

    /** So that there can be more of them without breaking anybody. */
    @Test
    void nobodyElseMakesOrExtendsThem() {
        assertThat(Stream.of(POOL, GROWTH, FLIGHT, CONTENT, SEND, RELAY, LIMITS, Timeouts.DEFAULT, Security.DEFAULT))
                .extracting(Object::getClass)
                .allSatisfy(type -> {
                    assertThat(Modifier.isFinal(type.getModifiers())).isTrue();
                    assertThat(type.isRecord()).isFalse();
                    assertThat(type.getConstructors()).isEmpty();
                });
    }

    @Test
    void equalValuesMakeEqualOptions() {
        PoolOptions pool = POOL.withMaxConnections(9).withIdleTime(TIME);
        PoolOptions same = POOL.withIdleTime(TIME).withMaxConnections(9);
        assertThat(pool).isEqualTo(same).hasSameHashCodeAs(same);
        assertThat(POOL.withMaxConnections(9).withMaxConnections(8)).isEqualTo(POOL);
        assertThat(RELAY.withWeight(2)).isEqualTo(Relay.of("mx.test", 587).withWeight(2));
        assertThat(GROWTH)
                .hasToString("GrowthOptions[minConnections=0, maxOpening=100, opensPerSecond=500, firstBackOff=1 s,"
                        + " maxBackOff=30 s, loweredFor=1 min, memory=1 h]");
    }

    /** S-22. */
    @Test
    void relaysShowNoSecret() {
        assertThat(RELAY.withCredentials(Credentials.password("tim", "secret"))).hasToString("mx.test:587");
    }

    @Test
    void nullIsRefused() {
        Stream.<ThrowingCallable>of(
                        () -> POOL.withQueue(1, nothing()),
                        () -> POOL.withIdleTime(nothing()),
                        () -> POOL.withGrowth(nothing()),
                        () -> GROWTH.withMemory(nothing()),
                        () -> FLIGHT.withHoldContentAfterIdle(nothing()),
                        () -> CONTENT.withBareNewlines(nothing()),
                        () -> CONTENT.withBccFields(nothing()),
                        () -> SEND.withDeadline(nothing()),
                        () -> SEND.withPriority(nothing()),
                        () -> SEND.withTag(nothing()),
                        () -> RELAY.withTrust(nothing()),
                        () -> Relay.of(nothing(), 25))
                .forEach(call -> assertThatThrownBy(call).isInstanceOf(NullPointerException.class));
    }

    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    private static Stream<Method> accessors(Object options) {
        return Stream.of(options.getClass().getDeclaredMethods())
                .filter(each -> Modifier.isPublic(each.getModifiers()) && !Modifier.isStatic(each.getModifiers()))
                .filter(each -> each.getParameterCount() == 0)
                .filter(each -> !Set.of("hashCode", "toString").contains(each.getName()));
    }

    private static String name(Method accessor) {
        return accessor.getDeclaringClass().getSimpleName() + '.' + accessor.getName();
    }

    private static @Nullable Object get(Method accessor, Object options) {
        try {
            return accessor.invoke(options);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.cli.faults;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.TlsEngine;
import io.pipepost.smtp.client.TlsMode;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One combination of a client, its relays and the faults between them; {@code toString} says all.
 *
 * @param seed the run's seed
 * @param number the world's number in the run
 * @param tls how connections are protected
 * @param engine by what
 * @param auth whether the client logs in
 * @param flight how much is sent before a reply is read
 * @param hidden extensions that the server does not offer
 * @param way how messages are handed in
 * @param window messages that are under way at a time
 * @param relays how many ways there are to the server, each with faults of its own
 * @param connections the most connections of the client
 * @param maxRecipients recipients in one transaction
 * @param perConnection messages that the server takes on a connection
 * @param share connections that have faults
 * @param within octets within which faults happen
 * @param drain how long closing the client goes on with what was handed in
 * @param ownLoops whether the client has event loops of its own
 * @param ownExecutor whether futures complete on an executor
 * @param disturbed whether relays vanish now and then, all connections break, or are replaced
 * @param foreign one call in so many to code that is not the client's goes wrong; 0 if there is no such code
 */
record WorldOptions(
        long seed,
        int number,
        TlsMode tls,
        TlsEngine engine,
        boolean auth,
        FlightOptions flight,
        Set<String> hidden,
        Way way,
        int window,
        int relays,
        int connections,
        int maxRecipients,
        int perConnection,
        double share,
        int within,
        Duration drain,
        boolean ownLoops,
        boolean ownExecutor,
        boolean disturbed,
        int foreign) {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    /** How messages are handed in. */
    enum Way {
        SEND,
        SEND_ALL,
        SESSION
    }

    private static final List<String> KEYWORDS =
            List.of("PIPELINING", "CHUNKING", "8BITMIME", "SIZE", "SMTPUTF8", "ENHANCEDSTATUSCODES");

    private static final List<FlightOptions> FLIGHTS = List.of(
            FlightOptions.DEFAULT.withPipelining(false).withChunking(false),
            FlightOptions.DEFAULT.withPipelining(false),
            FlightOptions.DEFAULT.withChunking(false),
            FlightOptions.DEFAULT,
            FlightOptions.DEFAULT.withTransactionsInFlight(8).withChunking(false),
            FlightOptions.DEFAULT.withTransactionsInFlight(8),
            FlightOptions.DEFAULT.withTransactionsInFlight(100).withChunkOctets(64 * 1024),
            FlightOptions.DEFAULT
                    .withMaxFlightOctets(2_000)
                    .withHoldContentAfterIdle(Duration.ZERO)
                    .withChunkOctets(64 * 1024));

    /** Flights take turns, so that a short run has them all; the rest is drawn. */
    static WorldOptions draw(long seed, int number) {
        SplittableRandom random = new SplittableRandom(seed - number * GOLDEN_GAMMA).split();
        Set<String> hidden = new LinkedHashSet<>();
        for (String keyword : KEYWORDS) {
            if (random.nextInt(8) == 0) {
                hidden.add(keyword);
            }
        }
        TlsMode tls = List.of(TlsMode.NONE, TlsMode.NONE, TlsMode.STARTTLS, TlsMode.IMPLICIT)
                .get(random.nextInt(4));
        Way way = random.nextInt(6) == 0 ? Way.SESSION : random.nextInt(3) == 0 ? Way.SEND_ALL : Way.SEND;
        return new WorldOptions(
                seed,
                number,
                tls,
                random.nextBoolean() ? TlsEngine.JDK : TlsEngine.AUTO,
                random.nextInt(4) == 0,
                FLIGHTS.get(number % FLIGHTS.size()),
                hidden,
                way,
                10 << random.nextInt(5),
                1 + random.nextInt(2),
                1 + random.nextInt(12),
                random.nextInt(3) == 0 ? 1 + random.nextInt(5) : 100,
                random.nextInt(4) == 0 ? 1 + random.nextInt(20) : 10_000,
                0.05 + random.nextInt(6) * 0.1,
                1 << (12 + random.nextInt(11)),
                Duration.ofMillis(random.nextInt(3) == 0 ? random.nextInt(100) : 20_000),
                random.nextInt(4) == 0,
                random.nextInt(3) == 0,
                random.nextInt(2) == 0,
                random.nextInt(8) == 0 ? 0 : 20 << random.nextInt(4));
    }

    /** Decides what becomes of a letter beside what the letter itself says, whoever sends it and when. */
    SplittableRandom lotOf(int letter) {
        return new SplittableRandom(seed * 37 + number - letter * GOLDEN_GAMMA).split();
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client.internal.session;

import io.pipepost.smtp.client.FlightOptions;
import io.pipepost.smtp.client.internal.content.ContentWriter;
import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.RecipientPolicy;
import java.util.ArrayList;
import java.util.List;

/**
 * One way of sending messages: what the server offers, what the client is told, what is sent.
 *
 * @param name names it
 * @param keywords what the server offers
 * @param flight the client's options
 * @param depth as many transactions as the server is known to take in flight; 0 if nothing is known
 * @param pieceOctets how much content is given to the socket at once, and how large a chunk may become
 * @param saslSteps challenges of the server's if the client logs in, else -1
 * @param messages the recipients of each message; those whose names begin with "no" are refused by themselves
 * @param options what is special about it
 */
record WorldWay(
        String name,
        List<String> keywords,
        FlightOptions flight,
        int depth,
        int pieceOctets,
        int saslSteps,
        List<List<String>> messages,
        List<Option> options) {
    enum Option {
        /** The server knows HELO only. */
        HELO,
        /** All recipients of a message or none. */
        ALL,
        /** Content comes from a publisher. */
        STREAM,
        /** Between two messages the connection is idle. */
        PAUSE,
        /** Three messages fill a TLS record. */
        LARGE
    }

    private static final int SMALL_PIECES = 8;

    private static final FlightOptions SEVERAL = FlightOptions.DEFAULT.withTransactionsInFlight(4);

    /** The dialogues of servers and clients that can do more and more. */
    static final List<WorldWay> ALL = List.of(
            way("lock-step", "ok no ok"),
            way("HELO", "ok").with(Option.HELO),
            way("lock-step twice", "ok|ok"),
            way("lock-step from a publisher", "ok").with(Option.STREAM),
            way("BDAT without groups", "ok no", "CHUNKING"),
            way("group", "ok no", "PIPELINING"),
            way("group for nobody", "no no", "PIPELINING"),
            way("group twice, with a pause", "ok|ok", "PIPELINING").with(Option.PAUSE),
            way("group from a publisher", "ok", "PIPELINING")
                    .with(Option.STREAM)
                    .inSmallPieces(),
            way("all or nothing", "ok ok", "PIPELINING", "CHUNKING").with(Option.ALL),
            way("all or nothing by DATA, refused", "ok no|ok", "PIPELINING").with(Option.ALL),
            way("flight", "ok no ok", "PIPELINING", "CHUNKING", "SIZE"),
            way("flight for nobody", "no|ok", "PIPELINING", "CHUNKING"),
            way("flight twice", "ok|ok", "PIPELINING", "CHUNKING"),
            way("flight twice, with a pause", "ok|ok", "PIPELINING", "CHUNKING").with(Option.PAUSE),
            way("chunks", "ok no", "PIPELINING", "CHUNKING").with(Option.STREAM).inSmallPieces(),
            way("chunks of content in memory", "ok|ok", "PIPELINING", "CHUNKING")
                    .inSmallPieces()
                    .flight(FlightOptions.DEFAULT.withMaxFlightOctets(0)),
            way("overlap", "ok|ok no|ok", "PIPELINING").flight(SEVERAL).known(2),
            way("overlap, to be found out", "ok|ok", "PIPELINING").flight(SEVERAL),
            way("train", "ok|no|ok no", "PIPELINING", "CHUNKING")
                    .flight(SEVERAL)
                    .known(4),
            way("train, to be found out", "ok|ok|ok", "PIPELINING", "CHUNKING").flight(SEVERAL),
            way("AUTH PLAIN", "ok no", "PIPELINING", "AUTH PLAIN").login(0),
            way("AUTH LOGIN", "ok", "PIPELINING", "CHUNKING", "AUTH LOGIN").login(2));

    /** Under TLS its flight takes several records, of which some may leave and others not. */
    static final WorldWay LONG_TRAIN = way("long train", "ok|ok|ok|ok", "PIPELINING", "CHUNKING")
            .flight(SEVERAL)
            .known(4)
            .with(Option.LARGE);

    private static WorldWay way(String name, String messages, String... keywords) {
        List<List<String>> recipients = new ArrayList<>();
        for (String each : messages.split("\\|")) {
            recipients.add(addresses(each.split(" "), recipients.size() + 1));
        }
        return new WorldWay(
                name, List.of(keywords), FlightOptions.DEFAULT, 0, ContentWriter.PIECE, -1, recipients, List.of());
    }

    private static List<String> addresses(String[] names, int message) {
        List<String> addresses = new ArrayList<>();
        for (String name : names) {
            addresses.add(name + message + "." + addresses.size() + "@d.test");
        }
        return addresses;
    }

    private WorldWay with(Option option) {
        return new WorldWay(name, keywords, flight, depth, pieceOctets, saslSteps, messages, List.of(option));
    }

    private WorldWay flight(FlightOptions other) {
        return new WorldWay(name, keywords, other, depth, pieceOctets, saslSteps, messages, options);
    }

    private WorldWay known(int transactions) {
        return new WorldWay(name, keywords, flight, transactions, pieceOctets, saslSteps, messages, options);
    }

    private WorldWay inSmallPieces() {
        return new WorldWay(name, keywords, flight, depth, SMALL_PIECES, saslSteps, messages, options);
    }

    private WorldWay login(int steps) {
        return new WorldWay(name, keywords, flight, depth, pieceOctets, steps, messages, options);
    }

    boolean helo() {
        return options.contains(Option.HELO);
    }

    boolean pauses() {
        return options.contains(Option.PAUSE);
    }

    boolean logsIn() {
        return saslSteps >= 0;
    }

    boolean byDotOnly() {
        return !keywords.contains("CHUNKING");
    }

    boolean several() {
        return flight.transactionsInFlight() > 1;
    }

    /** Message number n, from 1. */
    Mail mail(int number) {
        String text = text(number);
        Content content = options.contains(Option.STREAM)
                ? Content.ofPublisher(() -> Sources.pieces(text.substring(0, 9), text.substring(9)))
                : Content.of(text);
        return new Mail(
                "s" + number + "@b.test",
                messages.get(number - 1),
                content,
                options.contains(Option.ALL) ? RecipientPolicy.ALL : RecipientPolicy.ANY);
    }

    /** One in two needs work before it can be sent: dots, and an end. */
    private String text(int number) {
        return beginning(number) + (number % 2 == 0 ? "body\r\n" : ".dot\nlast");
    }

    private String beginning(int number) {
        String lines = options.contains(Option.LARGE) ? "a line\r\n".repeat(700) : "";
        return "Subject: " + number + "\r\n\r\n" + lines;
    }

    /** What the server is to get. */
    String canonical(int number) {
        return beginning(number) + (number % 2 == 0 ? "body\r\n" : ".dot\r\nlast\r\n");
    }

    /** How message number n ends behind DATA. */
    static String end(int number) {
        return (number % 2 == 0 ? "body\r\n" : "last\r\n") + ".\r\n";
    }

    @Override
    public String toString() {
        return name;
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.client;

import static io.pipepost.smtp.client.internal.border.Border.BLOCKING_EXECUTOR;
import static io.pipepost.smtp.client.internal.border.Border.CALLBACK_EXECUTOR;
import static io.pipepost.smtp.client.internal.border.Border.CONTENT;
import static io.pipepost.smtp.client.internal.border.Border.CREDENTIALS;
import static io.pipepost.smtp.client.internal.border.Border.EVENT_LOOPS;
import static io.pipepost.smtp.client.internal.border.Border.MECHANISM;
import static io.pipepost.smtp.client.internal.border.Border.MESSAGES;
import static io.pipepost.smtp.client.internal.border.Border.OBSERVER;
import static io.pipepost.smtp.client.internal.border.Border.RESOLVER;
import static io.pipepost.smtp.client.internal.border.Border.SIGNER;
import static io.pipepost.smtp.client.internal.border.Border.SUBSCRIBER;
import static io.pipepost.smtp.client.internal.border.Border.THROTTLE;
import static io.pipepost.smtp.client.internal.border.Border.TLS;
import static io.pipepost.smtp.client.internal.border.Border.TRUST;

import io.pipepost.smtp.client.Stranger.Misdeed;
import io.pipepost.smtp.client.internal.border.Border;
import io.pipepost.smtp.testing.SmtpSink;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What becomes of a message for every misdeed at every border. */
final class BorderTable {
    private static final String VOID = "it answers nothing";
    private static final String AT_ONCE = "its answer is what it returns, so there is one, here and now";
    private static final String HOLDS_THREAD = "a method that does not return keeps the thread that it is called on";
    private static final String OTHER_ROW = "tried in the row of the method that leads there";
    private static final String NETTYS =
            "Netty's contract: a loop that does this breaks every channel on it, not the client alone";

    private BorderTable() {}

    enum End {
        ACCEPTED,
        FAILS,
        /** Waits, and ends with the client. */
        AT_CLOSE,
        /** Of what it was to be told by, it never hears. */
        NOT_TOLD,
        /** The client is not even made. */
        NOT_BUILT,
        CANNOT_BE
    }

    /**
     * What happens.
     *
     * @param text of the failure, or why this cannot be; {} is what was thrown
     * @param logged the same
     * @param arrives how many messages the server has in the end, but for the next one
     */
    record Cell(End end, String text, String logged, int arrives) {
        Cell logs(String line) {
            return new Cell(end, text, line, arrives);
        }

        Cell arriving(int messages) {
            return new Cell(end, text, logged, messages);
        }
    }

    static Cell accepted() {
        return new Cell(End.ACCEPTED, "", "", 1);
    }

    static Cell fails(String text) {
        return new Cell(End.FAILS, text, "", 0);
    }

    static Cell notBuilt(String text) {
        return new Cell(End.NOT_BUILT, text, "", 0);
    }

    static Cell atClose(String text) {
        return new Cell(End.AT_CLOSE, text, "", 0);
    }

    static Cell no(String reason) {
        return new Cell(End.CANNOT_BE, "Cannot be, since " + reason, "", 0);
    }

    /** What a use needs to know. */
    record Trial(SmtpSink sink, Misdeed misdeed) {}

    /** Sends through a stranger. */
    interface Use {
        BorderRig begin(Trial trial, Stranger stranger);
    }

    /**
     * A method of somebody else's.
     *
     * @param goodDeeds how often it is as it should be before it is not
     */
    record Row(Border border, String method, Use use, int goodDeeds, Map<Misdeed, Cell> cells) {
        @Override
        public String toString() {
            return border + " " + method;
        }
    }

    /** A method that answers nothing. */
    private static Row told(Border border, String method, Use use, Cell thrown) {
        return told(border, method, use, 0, thrown);
    }

    private static Row told(Border border, String method, Use use, int goodDeeds, Cell thrown) {
        return row(
                border,
                method,
                use,
                goodDeeds,
                thrown,
                no(VOID + " that could be null"),
                no(HOLDS_THREAD),
                no(VOID + " that could come twice"),
                no(VOID + " that could come elsewhere"));
    }

    private static Row row(
            Border border, String method, Use use, Cell thrown, Cell isNull, Cell never, Cell twice, Cell elsewhere) {
        return row(border, method, use, 0, thrown, isNull, never, twice, elsewhere);
    }

    private static Row row(
            Border border,
            String method,
            Use use,
            int goodDeeds,
            Cell thrown,
            Cell isNull,
            Cell never,
            Cell twice,
            Cell elsewhere) {
        Map<Misdeed, Cell> cells = new EnumMap<>(Map.of(
                Misdeed.THROWS_EXCEPTION, thrown,
                Misdeed.THROWS_ERROR, thrown,
                Misdeed.NULL, isNull,
                Misdeed.NEVER, never,
                Misdeed.TWICE, twice,
                Misdeed.ANOTHER_THREAD, elsewhere));
        return new Row(border, method, use, goodDeeds, cells);
    }

    /** In this order: throws an exception or an error, gives null, never answers, answers twice, on another thread. */
    static final List<Row> ROWS = List.of(
            row(
                    THROTTLE,
                    "acquire",
                    BorderUses::throttle,
                    fails("The throttle threw {}"),
                    fails("The throttle gave null, expected a stage of a permit"),
                    fails("The throttle has not answered within 400 ms"),
                    accepted(),
                    accepted()),
            row(
                    THROTTLE,
                    "acquire, second of two",
                    BorderUses::secondThrottle,
                    fails("The throttle threw {}"),
                    fails("The throttle threw java.lang.NullPointerException"),
                    fails("The throttle has not answered within 400 ms"),
                    fails("The throttle threw java.lang.UnsupportedOperationException"),
                    accepted()),
            row(
                    OBSERVER,
                    "each",
                    BorderUses::observer,
                    accepted().logs("The observer threw {}"),
                    no(VOID + ", or yes and no"),
                    no(HOLDS_THREAD),
                    no(VOID + " that could come twice"),
                    no(VOID + " that could come elsewhere")),
            row(
                    CREDENTIALS,
                    "get",
                    BorderUses::credentials,
                    fails("The source of the credentials threw {class}"),
                    fails("The source of the credentials gave null, expected a stage of credentials"),
                    fails("The source of the credentials has not answered within 400 ms"),
                    accepted(),
                    accepted()),
            row(
                    CREDENTIALS,
                    "get, what its stage gives",
                    BorderUses::credentialsLater,
                    fails("The source of the credentials failed with"),
                    fails("The source of the credentials gave null, expected credentials"),
                    no(OTHER_ROW),
                    no(OTHER_ROW),
                    no(OTHER_ROW)),
            row(
                    MECHANISM,
                    "name",
                    BorderUses.mechanism("name"),
                    fails("The SASL mechanism threw {}"),
                    fails("The SASL mechanism gave null, expected a name"),
                    no(HOLDS_THREAD),
                    no(AT_ONCE),
                    no(AT_ONCE)),
            row(
                    MECHANISM,
                    "start",
                    BorderUses.mechanism("start"),
                    fails("The SASL mechanism threw {}"),
                    fails("The SASL mechanism gave null, expected an exchange"),
                    no(HOLDS_THREAD),
                    no(AT_ONCE),
                    no(AT_ONCE)),
            row(
                    MECHANISM,
                    "respond",
                    BorderUses.mechanism("respond"),
                    fails("The SASL mechanism threw {}"),
                    fails("The SASL mechanism gave null, expected a stage of a response"),
                    fails("The SASL mechanism has not answered within 400 ms"),
                    accepted(),
                    accepted()),
            row(
                    MECHANISM,
                    "isComplete",
                    BorderUses.mechanism("isComplete"),
                    fails("The SASL mechanism threw {}"),
                    no("a boolean is never null"),
                    no(HOLDS_THREAD),
                    no(AT_ONCE),
                    no(AT_ONCE)),
            told(MECHANISM, "close", BorderUses.mechanism("close"), accepted().logs("The SASL mechanism threw {}")),
            row(
                    SIGNER,
                    "sign",
                    BorderUses::signer,
                    fails("Cannot sign the content: The signer threw {}"),
                    fails("Cannot sign the content: The signer gave null, expected a stage of content"),
                    fails("The signer has not answered within 400 ms"),
                    accepted(),
                    accepted()),
            row(
                    SIGNER,
                    "sign, what its stage gives",
                    BorderUses::signerLater,
                    fails("Cannot sign the content: "),
                    fails("Cannot sign the content: The signer gave null, expected content"),
                    no(OTHER_ROW),
                    no(OTHER_ROW),
                    no(OTHER_ROW)),
            row(
                    CONTENT,
                    "supplier",
                    BorderUses::contentSupplier,
                    fails("The content's source threw {}"),
                    fails("The content's source gave null, expected a publisher"),
                    no(HOLDS_THREAD),
                    no(AT_ONCE),
                    no(AT_ONCE)),
            row(
                    CONTENT,
                    "subscribe",
                    BorderUses.content(Stranger.Method.SUBSCRIBE),
                    fails("The content's source failed: {}"),
                    fails("The content's publisher gave no subscription"),
                    fails("No content from its source within 400 ms"),
                    accepted(),
                    accepted()),
            row(
                    CONTENT,
                    "request",
                    BorderUses.content(Stranger.Method.REQUEST),
                    fails("The content's source failed: {}"),
                    fails("The content's publisher published null"),
                    fails("No content from its source within 400 ms"),
                    fails("The content's publisher published more than was requested"),
                    accepted()),
            told(
                    CONTENT,
                    "cancel",
                    BorderUses.content(Stranger.Method.CANCEL),
                    fails("The content's publisher published more than was requested")
                            .logs("The content's source threw {}")),
            row(
                    MESSAGES,
                    "subscribe",
                    BorderUses.messages(Stranger.Method.SUBSCRIBE),
                    fails("boom"),
                    fails("The source of the messages gave null, expected a subscription"),
                    atClose("The client is closed"),
                    accepted(),
                    accepted()),
            row(
                    MESSAGES,
                    "request",
                    BorderUses.messages(Stranger.Method.REQUEST),
                    fails("boom"),
                    fails("The source of the messages gave null, expected a message"),
                    atClose("The client is closed"),
                    accepted().arriving(2),
                    accepted()),
            told(
                    MESSAGES,
                    "cancel",
                    BorderUses.messages(Stranger.Method.CANCEL),
                    accepted().arriving(2).logs("The source of the messages threw {}")),
            row(
                    SUBSCRIBER,
                    "onSubscribe",
                    BorderUses.subscriber("onSubscribe"),
                    fails("boom").logs("The subscriber threw {}"),
                    no(VOID + " that could be null"),
                    atClose("The client is closed"),
                    accepted(),
                    accepted()),
            told(
                    SUBSCRIBER,
                    "onNext",
                    BorderUses.subscriber("onNext"),
                    accepted().logs("The subscriber threw {}")),
            told(
                    SUBSCRIBER,
                    "onComplete",
                    BorderUses.subscriber("onComplete"),
                    accepted().logs("The subscriber threw {}")),
            row(
                    BLOCKING_EXECUTOR,
                    "execute, to sign",
                    BorderUses::signingExecutor,
                    fails("The executor for blocking work threw {}"),
                    no(VOID + " that could be null"),
                    fails("The executor for blocking work has not answered within 400 ms"),
                    accepted(),
                    accepted()),
            row(
                    BLOCKING_EXECUTOR,
                    "execute, to look through a file",
                    BorderUses::fileExecutor,
                    fails("The executor for blocking work does not take the reading of"),
                    no(VOID + " that could be null"),
                    fails("The executor for blocking work has not begun to read"),
                    accepted(),
                    accepted()),
            row(
                    BLOCKING_EXECUTOR,
                    "execute, to send a file",
                    BorderUses::fileExecutor,
                    1,
                    fails("The executor for blocking work does not read the content: {}"),
                    no(VOID + " that could be null"),
                    fails("No content from its source within 400 ms"),
                    accepted(),
                    accepted()),
            row(
                    CALLBACK_EXECUTOR,
                    "execute",
                    BorderUses::callbackExecutor,
                    accepted().logs("The callback executor threw {}"),
                    no(VOID + " that could be null"),
                    new Cell(End.NOT_TOLD, "", "", 1),
                    accepted(),
                    accepted()),
            row(
                    RESOLVER,
                    "resolveAll",
                    BorderUses::resolver,
                    fails("The resolver of names threw {}"),
                    fails("The resolver of names gave null, expected a future of addresses"),
                    fails("within 400 ms: The resolver of names has not answered"),
                    accepted(),
                    accepted()),
            row(
                    TRUST,
                    "getTrustManagers",
                    BorderUses.trust("getTrustManagers"),
                    notBuilt("Cannot set up TLS: The trust manager threw {}"),
                    notBuilt("Cannot set up TLS: The trust manager gave null, expected trust managers"),
                    no(HOLDS_THREAD),
                    no(AT_ONCE),
                    no(AT_ONCE)),
            told(
                    TRUST,
                    "checkServerTrusted",
                    BorderUses.trust("checkServerTrusted"),
                    fails("The trust manager threw {}").logs("The trust manager threw {}")),
            row(
                    TLS,
                    "newHandler",
                    BorderUses::tlsHandler,
                    fails("Cannot begin TLS with localhost: The TLS engine threw {}"),
                    fails("Cannot begin TLS with localhost: The TLS engine gave null, expected a handler"),
                    no(HOLDS_THREAD),
                    no(AT_ONCE),
                    no(AT_ONCE)),
            row(
                    TLS,
                    "facts",
                    BorderUses::tlsFacts,
                    fails("The TLS engine threw {}"),
                    fails("The TLS engine gave null, expected facts"),
                    no(HOLDS_THREAD),
                    no(AT_ONCE),
                    no(AT_ONCE)),
            row(
                    EVENT_LOOPS,
                    "execute, schedule",
                    (trial, stranger) -> {
                        throw new AssertionError("All that can be is tried elsewhere");
                    },
                    no("OpeningThrowsTest, which has loops of its own, lets them throw at each step of an opening"),
                    no(NETTYS),
                    no(NETTYS),
                    no(NETTYS),
                    no(NETTYS)));
}

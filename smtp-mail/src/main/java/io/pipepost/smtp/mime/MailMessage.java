/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import io.pipepost.smtp.mail.Content;
import io.pipepost.smtp.mail.Envelope;
import io.pipepost.smtp.mail.Message;
import io.pipepost.smtp.mail.RecipientPolicy;
import io.pipepost.smtp.mail.Sendable;
import io.pipepost.smtp.protocol.ForwardPath;
import io.pipepost.smtp.protocol.ReversePath;
import io.pipepost.smtp.protocol.SmtpSyntaxException;
import java.security.SecureRandom;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A message that was composed: its header, what it says, what it brings along, and for whom. Immutable; it can be sent
 * any number of times and is the same, octet by octet, each time, as long as its files and publishers give the same.
 *
 * <pre>{@code
 * MailMessage message = MailMessage.builder()
 *         .from("Example Shop <shop@example.com>")
 *         .to("jo@example.org")
 *         .subject("Your invoice")
 *         .text("Thank you!")
 *         .attach(Attachment.ofFile(Path.of("invoice.pdf")))
 *         .build();
 * }</pre>
 *
 * <p>Everything is written in ASCII, so that it can pass any server: text in quoted-printable or base64 where it needs
 * that, subjects and names in encoded-words, domains in A-labels. Only an address with a local-part beyond ASCII makes
 * the message need SMTPUTF8 (RFC 6531).
 *
 * <p>A message without files and publishers of up to a MiB is encoded once, when it is built. A larger one is encoded
 * while it is sent, no further ahead than the connection takes it, and is never in memory as a whole.
 */
public final class MailMessage implements Sendable {
    /** A message of this size is encoded at once; about what the client sends in one flight with its envelope. */
    private static final long SMALL = 1 << 20;

    private final Envelope envelope;
    private final String messageId;
    private final Content content;
    private final boolean oneClick;

    private MailMessage(Envelope envelope, String messageId, Content content, boolean oneClick) {
        this.envelope = envelope;
        this.messageId = messageId;
        this.content = content;
        this.oneClick = oneClick;
    }

    /**
     * Begins to compose.
     *
     * @return an empty builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Who sends it to whom, as a server sees it.
     *
     * @return the {@linkplain Builder#reversePath reverse-path}, and everybody in To, Cc and Bcc once
     */
    public Envelope envelope() {
        return envelope;
    }

    /**
     * The message's identifier.
     *
     * @return with its angle brackets
     */
    public String messageId() {
        return messageId;
    }

    /**
     * Header and body.
     *
     * @return the content; of known size unless a publisher's is not
     */
    public Content content() {
        return content;
    }

    /**
     * Tells whether the message offers to leave its list with one click, which receivers heed only if a DKIM signature
     * covers the offer (RFC 8058).
     *
     * @return whether its {@link ListUnsubscribe} is one of {@link ListUnsubscribe#oneClick}
     */
    public boolean offersOneClick() {
        return oneClick;
    }

    /**
     * What a client sends.
     *
     * @return envelope and content, with {@link RecipientPolicy#ANY}
     */
    @Override
    public Message toMessage() {
        return new Message(envelope, content, RecipientPolicy.ANY);
    }

    @Override
    public String toString() {
        return "MailMessage" + messageId;
    }

    /**
     * Collects what a message is made of. Not thread-safe. Values are checked when they are handed over, by methods that
     * throw {@link SmtpSyntaxException}; what is missing is found by {@link #build}.
     */
    public static final class Builder {
        private static final SecureRandom RANDOM = new SecureRandom();

        private final List<MailAddress> from = new ArrayList<>();
        private final List<AddressEntry> replyTo = new ArrayList<>();
        private final List<AddressEntry> to = new ArrayList<>();
        private final List<AddressEntry> cc = new ArrayList<>();
        private final List<AddressEntry> bcc = new ArrayList<>();
        private final List<String> inReplyTo = new ArrayList<>();
        private final List<String> references = new ArrayList<>();
        private final List<HeaderField> custom = new ArrayList<>();
        private final BodyTree body = new BodyTree();
        private @Nullable MailAddress sender;
        private @Nullable ReversePath reversePath;
        private @Nullable HeaderField date;
        private @Nullable String messageId;
        private @Nullable HeaderField subject;
        private @Nullable ListUnsubscribe listUnsubscribe;
        private @Nullable Priority priority;
        private @Nullable AutoSubmitted autoSubmitted;
        private RandomGenerator random = RANDOM;

        private Builder() {}

        /**
         * Adds who the message is from. If there are several, {@link #sender} must say who sends it.
         *
         * @param addresses such as {@code Jo Doe <jo@d.test>}
         * @return this builder
         */
        public Builder from(String... addresses) {
            return from(Arrays.stream(addresses).map(MailAddress::parse).toArray(MailAddress[]::new));
        }

        /**
         * Adds who the message is from; see {@link #from(String...)}.
         *
         * @param addresses the addresses
         * @return this builder
         */
        public Builder from(MailAddress... addresses) {
            from.addAll(List.of(addresses));
            return this;
        }

        /**
         * Sets who sends the message, if that is not who wrote it.
         *
         * @param address such as {@code Jo Doe <jo@d.test>}
         * @return this builder
         */
        public Builder sender(String address) {
            return sender(MailAddress.parse(address));
        }

        /**
         * Sets who sends the message, if that is not who wrote it.
         *
         * @param address the address
         * @return this builder
         */
        public Builder sender(MailAddress address) {
            sender = Objects.requireNonNull(address, "address");
            return this;
        }

        /**
         * Sets where delivery notifications go, which is not shown in the message. Without, to the sender, or else to the
         * first that the message is from.
         *
         * @param address an address; the empty string is the null reverse-path, so that nobody is told
         * @return this builder
         */
        public Builder reversePath(String address) {
            reversePath = ReversePath.of(address);
            return this;
        }

        /**
         * Adds where answers go, if that is not who the message is from.
         *
         * @param addresses each an address, a group, or a list of them: {@link AddressEntry#parseList}
         * @return this builder
         */
        public Builder replyTo(String... addresses) {
            return replyTo(parse(addresses));
        }

        /**
         * Adds where answers go, if that is not who the message is from.
         *
         * @param addresses addresses and groups
         * @return this builder
         */
        public Builder replyTo(AddressEntry... addresses) {
            replyTo.addAll(List.of(addresses));
            return this;
        }

        /**
         * Adds recipients.
         *
         * @param addresses each an address, a group, or a list of them: {@link AddressEntry#parseList}
         * @return this builder
         */
        public Builder to(String... addresses) {
            return to(parse(addresses));
        }

        /**
         * Adds recipients.
         *
         * @param addresses addresses and groups
         * @return this builder
         */
        public Builder to(AddressEntry... addresses) {
            to.addAll(List.of(addresses));
            return this;
        }

        /**
         * Adds recipients who get a copy.
         *
         * @param addresses each an address, a group, or a list of them: {@link AddressEntry#parseList}
         * @return this builder
         */
        public Builder cc(String... addresses) {
            return cc(parse(addresses));
        }

        /**
         * Adds recipients who get a copy.
         *
         * @param addresses addresses and groups
         * @return this builder
         */
        public Builder cc(AddressEntry... addresses) {
            cc.addAll(List.of(addresses));
            return this;
        }

        /**
         * Adds recipients of whom nobody is told: they are in the envelope, and nowhere in the message.
         *
         * @param addresses each an address, a group, or a list of them: {@link AddressEntry#parseList}
         * @return this builder
         */
        public Builder bcc(String... addresses) {
            return bcc(parse(addresses));
        }

        /**
         * Adds recipients of whom nobody is told: they are in the envelope, and nowhere in the message.
         *
         * @param addresses addresses and groups
         * @return this builder
         */
        public Builder bcc(AddressEntry... addresses) {
            bcc.addAll(List.of(addresses));
            return this;
        }

        private static AddressEntry[] parse(String... lists) {
            return Arrays.stream(lists)
                    .flatMap(list -> AddressEntry.parseList(list).stream())
                    .toArray(AddressEntry[]::new);
        }

        /**
         * Sets the subject.
         *
         * @param text one line, in any script
         * @return this builder
         */
        public Builder subject(String text) {
            subject = HeaderField.unstructured("Subject", text, false);
            return this;
        }

        /**
         * Sets the date. Without, it is the time of {@link #build}, in UTC.
         *
         * @param when when the message was finished
         * @return this builder
         */
        public Builder date(OffsetDateTime when) {
            date = HeaderField.date("Date", when);
            return this;
        }

        /**
         * Sets the message's identifier. Without, it is random, at the domain of the first address that the message is
         * from.
         *
         * @param id {@code left@right}, with or without angle brackets; unique for ever
         * @return this builder
         */
        public Builder messageId(String id) {
            messageId = MessageId.require("Message-ID", id);
            return this;
        }

        /**
         * Adds identifiers of messages that this one answers.
         *
         * @param ids as found in their Message-ID
         * @return this builder
         */
        public Builder inReplyTo(String... ids) {
            Arrays.stream(ids)
                    .map(id -> MessageId.requireReference("In-Reply-To", id))
                    .forEach(inReplyTo::add);
            return this;
        }

        /**
         * Adds identifiers of messages of the same thread, the oldest first.
         *
         * @param ids as found in their References and Message-ID
         * @return this builder
         */
        public Builder references(String... ids) {
            Arrays.stream(ids)
                    .map(id -> MessageId.requireReference("References", id))
                    .forEach(references::add);
            return this;
        }

        /**
         * Adds a header field for which there is no method here.
         *
         * @param name such as {@code X-Campaign}
         * @param value one line, in any script
         * @return this builder
         */
        public Builder header(String name, String value) {
            custom.add(HeaderField.custom(name, value, false));
            return this;
        }

        /**
         * Sets what the message says, in plain text. Lines may end in any way; none needs to be wrapped.
         *
         * @param plain the text
         * @return this builder
         */
        public Builder text(String plain) {
            body.text(plain);
            return this;
        }

        /**
         * Sets what the message says, in HTML. With a {@link #text}, readers show one of the two.
         *
         * @param markup the document
         * @return this builder
         */
        public Builder html(String markup) {
            body.html(markup);
            return this;
        }

        /**
         * Sets an invitation, or an answer to one, that calendars understand (RFC 5546, RFC 6047): another form of what
         * text and HTML say. Some readers want the same as an attachment too, named {@code invite.ics}.
         *
         * @param iCalendar the object, with a line such as {@code METHOD:REQUEST}
         * @return this builder
         */
        public Builder calendar(String iCalendar) {
            body.calendar(iCalendar);
            return this;
        }

        /**
         * Adds files.
         *
         * @param files the files
         * @return this builder
         */
        public Builder attach(Attachment... files) {
            List.of(files).forEach(body::attach);
            return this;
        }

        /**
         * Adds parts, such as pictures, that the HTML refers to by their {@linkplain Attachment#withContentId Content-ID}.
         *
         * @param parts the parts
         * @return this builder
         */
        public Builder inline(Attachment... parts) {
            List.of(parts).forEach(body::inline);
            return this;
        }

        /**
         * Sets how to leave the list that the message is for.
         *
         * @param how the ways
         * @return this builder
         */
        public Builder listUnsubscribe(ListUnsubscribe how) {
            listUnsubscribe = Objects.requireNonNull(how, "how");
            return this;
        }

        /**
         * Sets how much attention the message asks for.
         *
         * @param value the priority
         * @return this builder
         */
        public Builder priority(Priority value) {
            priority = Objects.requireNonNull(value, "value");
            return this;
        }

        /**
         * Says that no person sends this, so that no machine answers (RFC 3834).
         *
         * @param why why it is sent
         * @return this builder
         */
        public Builder autoSubmitted(AutoSubmitted why) {
            autoSubmitted = Objects.requireNonNull(why, "why");
            return this;
        }

        /** Makes boundaries that can be foretold, for tests. */
        Builder random(RandomGenerator source) {
            random = source;
            return this;
        }

        /**
         * Makes the message. Asks for the size of files, but does not read them.
         *
         * @return the message
         * @throws SmtpSyntaxException if something is missing, or does not go together
         * @throws java.io.UncheckedIOException if a file cannot be attached
         */
        public MailMessage build() {
            if (from.isEmpty()) {
                throw new SmtpSyntaxException("a message needs somebody whom it is from", -1);
            }
            if (from.size() > 1 && sender == null) {
                throw new SmtpSyntaxException("a message from " + from.size() + " addresses needs a sender", -1);
            }
            Envelope envelope = envelope();
            Entity root = body.root(random);
            String id = messageId;
            if (id == null) {
                id = MessageId.generate(from.get(0).mailbox().domain());
            }
            HeaderFields header = new HeaderFields(header(id, root));
            boolean oneClick = listUnsubscribe != null && listUnsubscribe.isOneClick();
            return new MailMessage(envelope, id, content(header, root, envelope), oneClick);
        }

        private Envelope envelope() {
            Set<ForwardPath> recipients = new LinkedHashSet<>();
            Stream.of(to, cc, bcc)
                    .flatMap(List::stream)
                    .flatMap(entry -> entry.addresses().stream())
                    .forEach(address -> recipients.add(ForwardPath.of(address.mailbox())));
            if (recipients.isEmpty()) {
                throw new SmtpSyntaxException("a message needs a recipient in to, cc or bcc", -1);
            }
            ReversePath path = reversePath;
            MailAddress author = sender == null ? from.get(0) : sender;
            return new Envelope(path == null ? new ReversePath(author.mailbox()) : path, List.copyOf(recipients));
        }

        private List<HeaderField> header(String id, Entity root) {
            List<HeaderField> fields = new ArrayList<>();
            fields.add(date == null ? HeaderField.date("Date", OffsetDateTime.now(ZoneOffset.UTC)) : date);
            addAddresses(fields, "From", from);
            addAddresses(fields, "Sender", sender == null ? List.of() : List.of(sender));
            addAddresses(fields, "Reply-To", replyTo);
            boolean hidden = to.isEmpty() && cc.isEmpty();
            addAddresses(fields, "To", hidden ? List.of(AddressGroup.undisclosedRecipients()) : to);
            addAddresses(fields, "Cc", cc);
            fields.add(HeaderField.ids("Message-ID", List.of(id)));
            addIds(fields, "In-Reply-To", inReplyTo);
            addIds(fields, "References", references);
            Stream.ofNullable(subject).forEach(fields::add);
            Stream.ofNullable(listUnsubscribe)
                    .flatMap(how -> how.fields().stream())
                    .forEach(fields::add);
            Stream.ofNullable(priority)
                    .flatMap(value -> value.fields().stream())
                    .forEach(fields::add);
            Stream.ofNullable(autoSubmitted).map(AutoSubmitted::field).forEach(fields::add);
            fields.addAll(custom);
            fields.add(HeaderField.ascii("MIME-Version", "1.0"));
            fields.addAll(root.fields());
            return fields;
        }

        private static void addAddresses(
                List<HeaderField> fields, String name, List<? extends AddressEntry> addresses) {
            if (!addresses.isEmpty()) {
                fields.add(HeaderField.addresses(name, addresses, false));
            }
        }

        private static void addIds(List<HeaderField> fields, String name, List<String> ids) {
            if (!ids.isEmpty()) {
                fields.add(HeaderField.ids(name, ids));
            }
        }

        private static Content content(HeaderFields header, Entity root, Envelope envelope) {
            List<Body> bodies = root.bodies().toList();
            boolean sized = bodies.stream().allMatch(body -> body.size() >= 0);
            if (!sized && header.requiresUtf8() && isAscii(envelope)) {
                // Nobody would ask the server for SMTPUTF8: of content of unknown size nothing is known.
                throw new SmtpSyntaxException(
                        "an address beyond ASCII in the header, and in no envelope, needs parts of known size", -1);
            }
            Assembly assembly = new Assembly(isSmall(bodies));
            assembly.write(header.octets());
            assembly.write("\r\n");
            root.writeBody(assembly);
            assembly.endLine();
            return assembly.content();
        }

        private static boolean isAscii(Envelope envelope) {
            return envelope.from().isAscii() && envelope.recipients().stream().allMatch(ForwardPath::isAscii);
        }

        private static boolean isSmall(List<Body> bodies) {
            return bodies.stream().noneMatch(body -> body instanceof Body.Streamed)
                    && bodies.stream().mapToLong(Body::size).sum() <= SMALL;
        }
    }
}

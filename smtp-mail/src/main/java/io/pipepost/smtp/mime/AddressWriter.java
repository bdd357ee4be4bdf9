/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.mime;

import java.util.ArrayList;
import java.util.List;

/** Writes address lists; an address that fits on a line is not torn. */
final class AddressWriter {
    private final Folder folder;
    private final boolean utf8;

    private AddressWriter(Folder folder, boolean utf8) {
        this.folder = folder;
        this.utf8 = utf8;
    }

    static Folder write(Folder folder, List<? extends AddressEntry> entries, boolean utf8) {
        AddressWriter writer = new AddressWriter(folder, utf8);
        int left = entries.size();
        for (AddressEntry entry : entries) {
            writer.write(entry, --left == 0 ? "" : ",");
        }
        return folder;
    }

    private void write(AddressEntry entry, String suffix) {
        if (entry instanceof AddressGroup group) {
            writeGroup(group, suffix);
        } else {
            entry.addresses().forEach(address -> writeAddress(address, suffix));
        }
    }

    private void writeAddress(MailAddress address, String suffix) {
        String name = address.name();
        List<String> words = name == null ? new ArrayList<>() : phrase(name);
        words.add(name == null ? address.mailbox().toString() : "<" + address.mailbox() + ">");
        folder.addTogether(words, suffix);
    }

    private void writeGroup(AddressGroup group, String suffix) {
        List<String> words = phrase(group.name());
        boolean encoded = words.get(0).startsWith("=?");
        if (encoded) {
            // RFC 2047 section 5(3): white space between an encoded-word and what is no word.
            words.add(":");
        }
        int left = group.members().size();
        folder.addTogether(words, (encoded ? "" : ":") + (left == 0 ? ";" + suffix : ""));
        for (MailAddress member : group.members()) {
            writeAddress(member, --left == 0 ? ";" + suffix : ",");
        }
    }

    /** Only at its beginning a line is filled: elsewhere a name that fits on the next one stays in one piece. */
    private List<String> phrase(String name) {
        int room = folder.atStart() ? folder.room() : EncodedWords.MAX_WORD;
        return new ArrayList<>(Phrase.words(name, room, utf8));
    }
}

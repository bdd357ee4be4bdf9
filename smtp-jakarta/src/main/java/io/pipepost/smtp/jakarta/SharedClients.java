/* SPDX-License-Identifier: Apache-2.0 */
package io.pipepost.smtp.jakarta;

import io.pipepost.smtp.client.SmtpClient;
import jakarta.mail.MessagingException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * One client for each kind of settings, kept while somebody uses it and for a while after that. A client that never had a
 * session is closed as soon as nobody uses it. Thread-safe.
 */
final class SharedClients {
    private final Map<ClientSettings, Entry> entries = new HashMap<>();

    /** Guarded by the registry. */
    private final class Entry implements Lease {
        private final ClientSettings settings;
        private final SmtpClient client;
        private int users;
        private boolean confirmed;

        /** How often somebody has begun to use it; tells whether it was used since a timer was set. */
        private long uses;

        Entry(ClientSettings settings, SmtpClient client) {
            this.settings = settings;
            this.client = client;
        }

        @Override
        public SmtpClient client() {
            return client;
        }

        @Override
        public CompletableFuture<?> warmUp() {
            return client.warmUp();
        }

        @Override
        public void confirm() {
            synchronized (SharedClients.this) {
                confirmed = true;
            }
        }

        @Override
        public void release() {
            synchronized (SharedClients.this) {
                users--;
                if (users > 0) {
                    return;
                }
                if (confirmed) {
                    closeLater(this, uses);
                    return;
                }
                entries.remove(settings, this);
            }
            client.closeAsync();
        }
    }

    Lease acquire(ClientSettings settings) throws MessagingException {
        synchronized (this) {
            Entry entry = entries.get(settings);
            if (entry == null) {
                entry = new Entry(settings, settings.newClient());
                entries.put(settings, entry);
            }
            entry.users++;
            entry.uses++;
            return entry;
        }
    }

    private void closeLater(Entry entry, long uses) {
        Duration idle = entry.settings.idleTime();
        Executor later = CompletableFuture.delayedExecutor(idle.toMillis(), TimeUnit.MILLISECONDS, Runnable::run);
        later.execute(() -> closeIfUnused(entry, uses));
    }

    private void closeIfUnused(Entry entry, long uses) {
        synchronized (this) {
            if (entry.users > 0 || entry.uses != uses || !entries.remove(entry.settings, entry)) {
                return;
            }
        }
        entry.client.closeAsync();
    }

    /** Closes the clients that nobody uses. */
    CompletableFuture<Void> closeUnused() {
        List<Entry> unused = new ArrayList<>();
        synchronized (this) {
            for (Entry entry : List.copyOf(entries.values())) {
                if (entry.users == 0) {
                    entries.remove(entry.settings);
                    unused.add(entry);
                }
            }
        }
        return CompletableFuture.allOf(
                unused.stream().map(entry -> entry.client.closeAsync()).toArray(CompletableFuture<?>[]::new));
    }
}

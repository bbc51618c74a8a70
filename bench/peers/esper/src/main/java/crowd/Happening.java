package crowd;

/** An event, as Esper reads it. */
public record Happening(int person, int kind, long time) {
    public int getPerson() {
        return person;
    }

    public int getKind() {
        return kind;
    }

    public long getTime() {
        return time;
    }
}

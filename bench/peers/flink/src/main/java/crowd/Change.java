package crowd;

/** A profile enters or leaves a segment at an instant. */
public class Change {
    public int person;
    public int segment;
    public long instant;
    public boolean entered;
}

"""What the floor holds and the words it is spoken to in: signals in, events out, commands to be carried out."""

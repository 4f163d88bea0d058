//! Networks that play the characters of games, and predict where the player goes.

enum IdentityClientModule {}

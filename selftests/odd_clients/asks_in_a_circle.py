while True:
    input("Senha: ")

from manim import *

# version 0
class Scene1(Scene):
    def construct(self):
        self.play(Write(Text("a² + b² = c²")))
